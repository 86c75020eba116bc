/** What the network finds in an own image: its reconstruction, how usual it is, and its neighbours. */

import { useMemo } from "preact/hooks";

import { Histogram } from "../common/chart";
import { isTable } from "../common/image";
import { nearest } from "../common/neighbours";
import { ascending, decimals, histogram, rank, short } from "../common/numbers";
import { Picture, PointPicture } from "../common/picture";
import { className, pointName, same } from "../common/points";
import { code, goTo, model, opened, own } from "../state";
import { Here } from "./here";
import { ErrorMap, visit } from "./now";

export function Findings() {
  const mine = own.value;
  if (!mine || mine.mean.length !== model.value.dims.length) return null;
  const isThere = same(mine.mean, code.value);
  return (
    <div id="findings">
      {!isTable() && (
        <div class="here small">
          <figure>
            <Picture values={mine.image} label="What the network saw" id="own-seen" />
            <figcaption>what it saw</figcaption>
          </figure>
          <figure>
            <Picture values={mine.reconstruction} label="Reconstruction" id="own-reconstruction" />
            <figcaption>reconstruction</figcaption>
          </figure>
          <ErrorMap values={mine.reconstruction} truth={mine.image} />
        </div>
      )}
      <Score loss={mine.loss} />
      <Neighbours mean={mine.mean} />
      {!isThere && !isTable() && (
        <div class="here small">
          <figure>
            <Here id="own-here" />
            <figcaption>decoded here</figcaption>
          </figure>
        </div>
      )}
      <p class="soft">
        {isThere && "Its code is where you are: drag the star on the map, and the image changes from there; or move the sliders."}
        {!isThere && (
          <button type="button" id="own-back" onClick={() => goTo(mine.mean.slice(), mine.name)}>Back to its code</button>
        )}
      </p>
      <Code mean={mine.mean} logVar={mine.logVar} />
    </div>
  );
}

/** Bins of the losses' histogram. */
const BINS = 40;

/** The loss beside those of the points. */
function Score({ loss }: { loss: number }) {
  const { columns, score, network } = model.value;
  const column = columns.find(({ name }) => name === score);
  const sorted = useMemo(() => (column?.kind === "number" ? ascending(column.values) : null), [column]);
  const text = `Reconstruction loss ${short(loss)} ${network.loss.unit}`;
  if (!sorted?.length) return <p id="own-score">{text}.</p>;
  const share = rank(sorted, loss);
  const [low, high] = [sorted[0], Math.max(loss, sorted[Math.floor(0.995 * (sorted.length - 1))])];
  return (
    <div class="score">
      <Histogram bins={histogram(sorted, low, high, BINS)} mark={high > low ? (Math.max(low, loss) - low) / (high - low) : 0.5} />
      <p id="own-score">{text}: higher than {percentage(share)} of the {opened.value!.points.what} have, {standing(share)}.</p>
    </div>
  );
}

function standing(share: number): string {
  if (share > 0.99) return "very unusual";
  if (share > 0.95) return "unusual";
  return "as usual";
}

function percentage(share: number): string {
  if (share >= 1) return "all";
  if (share <= 0) return "none";
  return `${(100 * share).toFixed(share > 0.99 || share < 0.01 ? 1 : 0)} %`;
}

const NEIGHBOURS = 8;

function Neighbours({ mean }: { mean: Float32Array }) {
  const { codes } = model.value;
  const found = useMemo(() => nearest(codes, mean, NEIGHBOURS), [codes, mean]);
  const votes = new Map<string, number>();
  for (const { point } of found) {
    const name = className(point);
    if (name) votes.set(name, (votes.get(name) ?? 0) + 1);
  }
  const [winner] = [...votes].sort((a, b) => b[1] - a[1]);
  return (
    <>
      <p id="own-vote">
        Nearest neighbours:
        {winner && <> {winner[1]} of {found.length} are <strong>{winner[0]}</strong>.</>}
      </p>
      <div class="strip neighbours" role="group" aria-label="Nearest neighbours">
        {found.map(({ point, distance }) => (
          <button
            type="button" key={point} title={`${pointName(point)}, ${short(distance)} away`}
            aria-label={`${pointName(point)}, class ${className(point) || "unknown"}, ${short(distance)} away`}
            onClick={() => visit(point)}
          >
            <PointPicture point={point} />
            <span>{className(point)}</span>
          </button>
        ))}
      </div>
    </>
  );
}

/** Dimensions that are written out. */
const WRITTEN = 64;

function Code({ mean, logVar }: { mean: Float32Array; logVar: Float32Array | null }) {
  const text = Array.from(mean.subarray(0, WRITTEN), (value, k) => {
    return logVar ? `${decimals(value)} ± ${Math.exp(logVar[k] / 2).toFixed(2)}` : decimals(value);
  });
  if (mean.length > WRITTEN) text.push("…");
  return (
    <details>
      <summary>Its code</summary>
      <p class="numbers" id="own-code">{text.join(", ").replaceAll("-", "−")}</p>
    </details>
  );
}
