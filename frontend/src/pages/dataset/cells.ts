// Values of a log as text: the same in the table and in a row shown whole.
import type { Cell, Column } from "../../api/rows";
import { formatCount } from "../../parts/readings";

const DIGITS = 6;

export function showCell(value: Cell | undefined, { type }: Column): string {
  if (value === null || value === undefined) return "–";
  if (type === "timestamp" && typeof value === "string") return value.replace("T", " ").replace("Z", "");
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return type === "long" ? formatCount(value) : String(value);
  return String(Number(value.toPrecision(DIGITS)));
}
