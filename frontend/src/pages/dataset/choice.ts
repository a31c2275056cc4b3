// What the address chooses on a dataset's page: a day, how many of its rows, and which columns.
import { useSearchParams } from "react-router";

export const SHOWN = ["model", "all"] as const;
export type Shown = (typeof SHOWN)[number];

/** A first look is small; more only when it is asked for. */
export const ROWS_FEW = 100;
export const ROWS_MANY = 1_000;

export interface Choice {
  day: string | null;
  /** What the model saw and said, or everything that was logged. */
  columns: Shown;
  rows: number;
}

export function useChoice() {
  const [parameters, setParameters] = useSearchParams();
  const day = parameters.get("day");
  const choice: Choice = {
    day: day !== null && /^\d{4}-\d{2}-\d{2}$/.test(day) ? day : null,
    columns: parameters.get("columns") === "all" ? "all" : "model",
    rows: parameters.get("rows") === String(ROWS_MANY) ? ROWS_MANY : ROWS_FEW,
  };
  const encode = ({ day: one, columns, rows }: Choice) => {
    const next = new URLSearchParams();
    if (one !== null) next.set("day", one);
    if (columns !== "model") next.set("columns", columns);
    if (rows !== ROWS_FEW) next.set("rows", String(rows));
    return next;
  };
  return {
    choice,
    link: (change: Partial<Choice>) => `?${encode({ ...choice, ...change })}`,
    change: (change: Partial<Choice>) => setParameters(encode({ ...choice, ...change }), { preventScrollReset: true }),
  };
}
