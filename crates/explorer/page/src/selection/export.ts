/** The selection as files. */

import { codeOf } from "../common/points";
import { save } from "../media/save";
import { model, opened } from "../state";
import { allColumns } from "../map/colouring";
import { csv, numberCell, textCell } from "./csv";

/** Rows of points: index, file, class, every column, the code. */
function rowsOf(among: Uint32Array): string {
  const { points } = opened.value!;
  const columns = allColumns.value;
  const dims = model.value.dims.length;
  const header = [
    "index",
    ...(points.files ? ["file"] : []),
    ...(points.labels ? ["class"] : []),
    ...columns.map(({ name }) => name),
    ...Array.from({ length: dims }, (_, k) => `z${k + 1}`),
  ];
  function* rows(): Generator<string[]> {
    for (const point of among) {
      yield [
        String(points.index[point]),
        ...(points.files ? [textCell(points.files[point])] : []),
        ...(points.labels ? [textCell(points.classes[points.labels[point]] ?? "")] : []),
        ...columns.map((column) =>
          column.kind === "number" ? numberCell(column.values[point]) : textCell(column.names[column.values[point]] ?? ""),
        ),
        ...Array.from(codeOf(point), numberCell),
      ];
    }
  }
  return csv(header, rows());
}

/** File names, or places in the whole set where there are no files: one a line, as they are. */
function listOf(among: Uint32Array): string {
  const { files, index } = opened.value!.points;
  return Array.from(among, (point) => `${files ? files[point].replaceAll(/[\r\n]/g, " ") : index[point]}\n`).join("");
}

export function saveRows(among: Uint32Array): void {
  save(rowsOf(among), "selection.csv", "text/csv;charset=utf-8");
}

export function saveList(among: Uint32Array): void {
  save(listOf(among), "selection.txt", "text/plain;charset=utf-8");
}
