// A row of the log as an event: its values by name, and in the groups in which a reader looks for them.
import type { Tail } from "../../api/model";

export type Row = Tail["rows"][number];
export type Value = Row[string];

const FEATURE = "features.";
const OUTPUT = ["prediction", "proba.", "threshold", "override", "ignored", "explanations"];
const TIMING = "timing.";

export interface Group {
  title: string;
  entries: readonly (readonly [string, Value])[];
}

export function findEvent(rows: Tail["rows"], id: string): Row | null {
  return rows.find((row) => row["event_id"] === id) ?? null;
}

export function readText(row: Row, name: string): string | null {
  const value = row[name];
  return value == null ? null : String(value);
}

export function readNumber(row: Row, name: string): number | null {
  const value = row[name];
  return typeof value === "number" ? value : null;
}

/** Features whole, with what is missing; of the rest what there is. */
export function groupValues(row: Row, columns: Tail["columns"]): readonly Group[] {
  const entries = columns.map(({ name }) => [name, row[name] ?? null] as const);
  const isOutput = (name: string) => name !== "prediction_id" && OUTPUT.some((start) => name.startsWith(start));
  const there = entries.filter(([name, value]) => value !== null && !name.startsWith(FEATURE));
  const groups = [
    { title: "Features", entries: entries.filter(([name]) => name.startsWith(FEATURE)).map(([name, value]) => [name.slice(FEATURE.length), value] as const) },
    { title: "Answer", entries: there.filter(([name]) => isOutput(name)) },
    { title: "Time on the node (µs)", entries: there.filter(([name]) => name.startsWith(TIMING)).map(([name, value]) => [name.slice(TIMING.length), value] as const) },
    { title: "Query", entries: there.filter(([name]) => !isOutput(name) && !name.startsWith(TIMING)) },
  ];
  return groups.filter((group) => group.entries.length > 0);
}

export function showMoment(value: Value | undefined): string {
  return typeof value === "string" ? value.replace("T", " ").replace("Z", "") : "–";
}
