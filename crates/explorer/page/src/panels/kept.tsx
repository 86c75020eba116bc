/** What was kept of the generated codes, and files of it. */

import { useMemo } from "preact/hooks";
import { useSignal } from "@preact/signals";

import { decodeMany } from "../common/decoder";
import { imageShape, isTable } from "../common/image";
import { Strip } from "../common/strip";
import { enlargedFrames, factorFor, framesOf, sheet } from "../media/frames";
import { png } from "../media/png";
import { field, save } from "../media/save";
import { goTo, kept, model, modelIndex } from "../state";

/** Images in a row of the file, at most. */
const COLUMNS = 8;

export function Kept() {
  const { dims } = model.value;
  const problem = useSignal("");
  const places = kept.value.filter((place) => place.model === modelIndex.value);
  const codes = useMemo(() => Float32Array.from(places.flatMap(({ code }) => [...code])), [kept.value, dims]);
  if (places.length === 0) return null;
  const saveImages = async () => {
    problem.value = "";
    try {
      const all = sheet(framesOf(await decodeMany(codes), imageShape()), Math.min(COLUMNS, places.length));
      save(await png(enlargedFrames(all, factorFor(all, 1024))), "kept.png", "image/png");
    } catch (error) {
      problem.value = `Nothing was saved: ${String(error)}`;
    }
  };
  const saveCodes = () => {
    const header = ["name", ...dims.map((_, k) => `z${k + 1}`)];
    const rows = [header, ...places.map(({ name, code }) => [name, ...code])];
    save(rows.map((row) => row.map(field).join(",") + "\r\n").join(""), "kept.csv", "text/csv");
  };
  const forget = () => (kept.value = kept.value.filter((place) => !places.includes(place)));
  return (
    <div id="kept">
      <h3>Kept</h3>
      <Strip
        codes={codes} names={places.map(({ name }) => name)} label="Kept"
        onPick={(i) => goTo(places[i].code.slice(), places[i].name)}
      />
      <div class="buttons">
        {!isTable() && <button type="button" id="save-kept" onClick={saveImages}>Save PNG</button>}
        <button type="button" id="save-codes" onClick={saveCodes}>Save codes (CSV)</button>
        <button type="button" id="forget" onClick={forget}>Forget all</button>
        {problem.value && <p class="failure" role="alert">{problem.value}</p>}
      </div>
    </div>
  );
}
