/** A row of a table as bars: each column's value in its own unit, its length in deviations from the column's mean. */

import { useState } from "preact/hooks";

import { barsOf } from "./image";
import { short } from "./numbers";

/** Columns that are shown at first. */
const FIRST = 16;
/** Deviations that fill a half. */
const REACH = 3;

export function Bars({ row, label }: { row: Float32Array; label: string }) {
  const [isLong, setLong] = useState(false);
  const bars = barsOf(row);
  return (
    <div class="bars">
      <table aria-label={label}>
        <tbody>
          {bars.slice(0, isLong ? bars.length : FIRST).map(({ name, value, score }, i) => {
            const half = (50 * Math.min(REACH, Math.abs(score))) / REACH;
            return (
              <tr key={i}>
                <th scope="row" title={name}>{name}</th>
                <td class="bar"><i style={{ left: `${score < 0 ? 50 - half : 50}%`, width: `${half}%` }} /></td>
                <td class="number">{short(value)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {bars.length > FIRST && (
        <button type="button" onClick={() => setLong(!isLong)}>{isLong ? "Fewer" : `All ${bars.length} columns`}</button>
      )}
    </div>
  );
}
