/** The panel of the selected points: how many, their images, their numbers, what can be done with them. */

import { signal, useComputed } from "@preact/signals";

import { short } from "../common/numbers";
import { meanOf } from "../common/paths";
import { allColumns, countsOf } from "../map/colouring";
import { Thumb } from "../map/thumb";
import { announcement, focused, goTo, journeyFrom, journeyTo, model, opened, selection, type Place } from "../state";
import { pointName } from "../common/points";
import { count, focus, invert, select } from "./choose";
import { saveList, saveRows } from "./export";
import { moments } from "./statistics";

const PER_PAGE = 48;
const page = signal(0);

export function SelectionPanel() {
  const among = selection.value;
  if (!among) return <Empty />;
  return (
    <div id="selection" class="panel">
      <header class="panel-head">
        <h2>{count(among.length)} selected</h2>
        <button id="invert" onClick={invert} title="Select the others instead (X)">Invert</button>
        <button id="clear" onClick={() => select(null)} title="Select nothing (Esc)">Clear</button>
      </header>
      <Gallery among={among} />
      <Actions among={among} />
      <Statistics among={among} />
    </div>
  );
}

function Empty() {
  return (
    <div id="selection" class="panel">
      <h2>Nothing is selected</h2>
      <p>
        Take the lasso (<kbd>L</kbd>) or the rectangle (<kbd>R</kbd>) and draw around points on the map. With <kbd>Shift</kbd> they
        are added, with <kbd>Alt</kbd> taken away. A search for a class selects all of it.
      </p>
    </div>
  );
}

function Gallery({ among }: { among: Uint32Array }) {
  const pages = Math.ceil(among.length / PER_PAGE);
  const now = Math.min(page.value, pages - 1);
  const shown = Array.from(among.subarray(now * PER_PAGE, (now + 1) * PER_PAGE));
  return (
    <section aria-label="Images of the selection">
      <div class="gallery">
        {shown.map((point) => (
          <button
            key={point} class="plain" aria-pressed={focused.value === point} onClick={() => focus(point)}
            title={pointName(point)}
          >
            <Thumb point={point} side={42} />
          </button>
        ))}
      </div>
      {pages > 1 && (
        <nav class="pages" aria-label="Pages of images">
          <button disabled={now === 0} onClick={() => (page.value = now - 1)} aria-label="Page before">‹</button>
          <span>{(now * PER_PAGE + 1).toLocaleString("en")} to {(now * PER_PAGE + shown.length).toLocaleString("en")}</span>
          <button disabled={now === pages - 1} onClick={() => (page.value = now + 1)} aria-label="Next page">›</button>
        </nav>
      )}
    </section>
  );
}

function Actions({ among }: { among: Uint32Array }) {
  const mean = (): Place => ({
    name: `mean of ${count(among.length)}`,
    code: meanOf(model.value.codes, model.value.dims.length, among)!,
  });
  const end = (of: typeof journeyFrom, name: string) => {
    of.value = mean();
    announcement.value = `${name} is the ${of.value!.name}.`;
  };
  return (
    <section>
      <div class="actions">
        <button id="selection-mean" onClick={() => goTo(mean().code, mean().name)} title="Decode the mean of their codes">Mean</button>
        <button id="selection-a" onClick={() => end(journeyFrom, "A")} title="A journey begins at their mean">As A</button>
        <button id="selection-b" onClick={() => end(journeyTo, "B")} title="A journey ends at their mean">As B</button>
        <button id="save-rows" onClick={() => saveRows(among)}>Rows (.csv)</button>
        <button id="save-list" onClick={() => saveList(among)}>{opened.value!.points.files ? "File names" : "Indices"} (.txt)</button>
      </div>
      <p class="small">
        Rows hold index, {opened.value!.points.files && "file, "}class, columns and code. Text that begins with = + − @ gets an
        apostrophe before it, so that spreadsheets do not run it; the list has names as they are.
      </p>
    </section>
  );
}

function Statistics({ among }: { among: Uint32Array }) {
  const { points } = opened.value!;
  const numbers = allColumns.value.filter((column) => column.kind === "number");
  const everything = useComputed(() => {
    const columns = allColumns.value.filter((column) => column.kind === "number");
    return columns.map(({ values }) => moments(values, null));
  });
  const within = points.labels && countsOf(points.labels, points.classes.length, among);
  const total = useComputed(() => points.labels && countsOf(points.labels, points.classes.length));
  return (
    <section class="statistics">
      {within && (
        <table>
          <caption>Classes</caption>
          <thead><tr><th>class</th><th class="number">selected</th><th class="number">of all</th><th /></tr></thead>
          <tbody>
            {points.classes.map((name, i) =>
              within[i] > 0 ? (
                <tr key={i}>
                  <th>{name}</th>
                  <td class="number">{within[i].toLocaleString("en")}</td>
                  <td class="number">{total.value![i].toLocaleString("en")}</td>
                  <td class="share"><i style={{ width: `${(100 * within[i]) / among.length}%` }} /></td>
                </tr>
              ) : null,
            )}
          </tbody>
        </table>
      )}
      {numbers.length > 0 && (
        <table>
          <caption>Mean ± standard deviation</caption>
          <thead><tr><th>column</th><th class="number">selected</th><th class="number">all</th></tr></thead>
          <tbody>
            {numbers.map((column, i) => (
              <tr key={column.name}>
                <th title={column.about}>{column.name}</th>
                <Cell of={moments(column.values, among)} />
                <Cell of={everything.value[i]} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Cell({ of }: { of: { count: number; mean: number; deviation: number } }) {
  return <td class="number">{of.count > 0 ? `${short(of.mean)} ± ${short(of.deviation)}` : "none"}</td>;
}
