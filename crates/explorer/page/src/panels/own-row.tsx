/** A row of a table, typed in. */

import { useSignal } from "@preact/signals";

import { Bars } from "../common/bars";
import { barsOf } from "../common/image";
import { short } from "../common/numbers";
import { decoded, model, own } from "../state";
import { Findings } from "./findings";
import { look, problem } from "./looking";

export function OwnRow() {
  const { input } = model.value;
  const size = input.shape[0];
  // Standardised, as the network has it: the mean of every column at first.
  const row = useSignal(own.value?.image.length === size ? own.value.image : new Float32Array(size));
  const set = (next: Float32Array) => {
    row.value = next;
    look("the row", () => next);
  };
  const type = (column: number, value: number) => {
    if (!Number.isFinite(value)) return;
    const { mean, deviation } = input.table ?? { mean: [], deviation: [] };
    const next = row.value.slice();
    next[column] = (value - (mean[column] ?? 0)) / (deviation[column] || 1);
    set(next);
  };
  return (
    <section id="own" class="panel" aria-label="Own input">
      <div class="buttons">
        <button type="button" id="row-here" disabled={!decoded.value} onClick={() => set(decoded.value!.slice())}>
          From what is decoded here
        </button>
        <button type="button" id="row-mean" onClick={() => set(new Float32Array(size))}>All means</button>
      </div>
      <div class="columns">
        {barsOf(row.value).map(({ name, value }, column) => (
          <label key={column}>
            <span title={name}>{name}</span>
            <input
              type="number" step="any" value={short(value).replaceAll("−", "-")}
              onChange={(event) => type(column, event.currentTarget.valueAsNumber)}
            />
          </label>
        ))}
      </div>
      {problem.value && <p class="failure" role="alert">{problem.value}</p>}
      {own.value && <h3>Its reconstruction</h3>}
      {own.value && <Bars row={own.value.reconstruction} label="Reconstruction" />}
      <Findings />
    </section>
  );
}
