// Rows as a table of which only what is in view exists. The header stays; the table scrolls in itself.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import type { components } from "../../api/schema";
import { formatCount } from "../../parts/readings";
import type { Shown } from "./choice";
import classes from "./page.module.css";

type Preview = components["schemas"]["PreviewAnswer"];
type Column = Preview["columns"][number];
type Cell = Preview["rows"][number][string];

const ROW_HEIGHT = 30;
const OVERSCAN = 8;
const DIGITS = 6;

export function RowTable({ preview, shown }: { preview: Preview; shown: Shown }) {
  const box = useRef<HTMLDivElement>(null);
  const columns = shown === "all" ? preview.columns : preview.columns.filter(isOfModel);
  const { rows } = preview;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  });
  const visible = virtual.getVirtualItems();
  const before = visible[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (visible.at(-1)?.end ?? 0);
  return (
    <div className={classes.rows} ref={box} tabIndex={0} role="region" aria-label="Rows of the log">
      <table className={classes.rowTable} aria-rowcount={rows.length + 1} aria-label="Rows of the log">
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th key={column.name} scope="col" data-number={isNumber(column) || undefined}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={before} columns={columns.length} />
          {visible.map(({ index }) => (
            <tr key={index} aria-rowindex={index + 2}>
              {columns.map((column) => {
                const value = rows[index]?.[column.name] ?? null;
                return (
                  <td key={column.name} data-number={isNumber(column) || undefined} data-none={value === null || undefined}>
                    {showCell(value, column)}
                  </td>
                );
              })}
            </tr>
          ))}
          <Space height={after} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

function Space({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true">
      <td colSpan={columns} className={classes.space} style={{ height }} />
    </tr>
  );
}

function isOfModel({ name }: Column): boolean {
  return name === "event_time" || name === "prediction" || name.startsWith("features.") || name.startsWith("proba.");
}

function isNumber({ type }: Column): boolean {
  return type === "double" || type === "long";
}

function showCell(value: Cell, { type }: Column): string {
  if (value === null) return "–";
  if (type === "timestamp" && typeof value === "string") return value.replace("T", " ").replace("Z", "");
  if (typeof value === "number") return Number.isInteger(value) ? (type === "long" ? formatCount(value) : String(value)) : String(Number(value.toPrecision(DIGITS)));
  return String(value);
}
