// What the address chooses on a dataset's page: days, filters, an order, columns, and a row to be shown whole.
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Column, Filter, Operator, Question } from "../../api/rows";

export const SHOWN = ["model", "all", "chosen"] as const;
export type Shown = (typeof SHOWN)[number];

export const OPERATORS: Record<Operator, string> = {
  eq: "=",
  ne: "≠",
  lt: "<",
  le: "≤",
  gt: ">",
  ge: "≥",
  contains: "contains",
  "is-null": "is missing",
  "not-null": "is not missing",
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;

export interface Choice {
  /** First and last day, both part of it. */
  from: string | null;
  to: string | null;
  filters: readonly Filter[];
  sort: string | null;
  descending: boolean;
  /** What the model saw and said, everything that was logged, or the columns named. */
  shown: Shown;
  columns: readonly string[];
  /** From 0 on, in the order chosen. */
  row: number | null;
}

const UNORDERED: Partial<Choice> = { row: null };

export function useChoice() {
  const [parameters, setParameters] = useSearchParams();
  const choice = useMemo(() => decode(parameters), [parameters]);
  // Another order or other rows: the number of a row means nothing any more.
  const apply = (change: Partial<Choice>): Choice => ({ ...choice, ...("row" in change ? {} : UNORDERED), ...change });
  return {
    choice,
    link: (change: Partial<Choice>) => `?${encode(apply(change))}`,
    change: (change: Partial<Choice>) => setParameters(encode(apply(change)), { preventScrollReset: true }),
  };
}

/** What is asked of the server; `columns` are those of the log. */
export function makeQuestion(choice: Choice, columns: readonly Column[]): Question {
  const names = new Set(choice.shown === "chosen" ? choice.columns : []);
  const picked = choice.shown === "all" ? null : columns.filter((one) => (names.size === 0 ? isOfModel(one) : names.has(one.name)));
  return {
    window: makeWindow(choice, columns),
    filters: choice.filters,
    sort: choice.sort,
    descending: choice.sort !== null && choice.descending,
    columns: picked === null || picked.length === 0 ? null : picked.map(({ name }) => name),
  };
}

export function isOfModel({ name }: Column): boolean {
  return name === "event_time" || name === "prediction" || name.startsWith("features.") || name.startsWith("proba.");
}

export function isNumber({ type }: Column): boolean {
  return type === "double" || type === "long";
}

/** As the server writes it: the end is not part of it. An open side reaches as far as dates do. */
function makeWindow({ from, to }: Choice, columns: readonly Column[]): string | null {
  if ((from === null && to === null) || columns.length === 0) return null;
  const end = to === null ? "9999-12-31" : new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
  return `${from ?? "0001-01-01"}/${end}`;
}

function decode(parameters: URLSearchParams): Choice {
  const readDay = (name: string) => {
    const day = parameters.get(name);
    return day !== null && DAY.test(day) && !Number.isNaN(Date.parse(day)) ? day : null;
  };
  const from = readDay("from");
  const to = readDay("to");
  const row = Number(parameters.get("row"));
  return {
    from,
    to: from !== null && to !== null && to < from ? from : to,
    filters: parameters.getAll("filter").flatMap(readFilter),
    sort: parameters.get("sort"),
    descending: parameters.get("order") === "desc",
    shown: SHOWN.find((one) => one === parameters.get("columns")) ?? "model",
    columns: parameters.getAll("column"),
    row: Number.isInteger(row) && row > 0 ? row - 1 : null,
  };
}

function encode({ from, to, filters, sort, descending, shown, columns, row }: Choice): URLSearchParams {
  const next = new URLSearchParams();
  if (from !== null) next.set("from", from);
  if (to !== null) next.set("to", to);
  for (const { column, operator, value } of filters) next.append("filter", `${operator}:${encodeURIComponent(column)}:${value}`);
  if (sort !== null) next.set("sort", sort);
  if (sort !== null && descending) next.set("order", "desc");
  if (shown !== "model") next.set("columns", shown);
  if (shown === "chosen") for (const column of columns) next.append("column", column);
  if (row !== null) next.set("row", String(row + 1));
  return next;
}

function readFilter(text: string): Filter[] {
  const [, operator, column, value] = /^([a-z-]+):([^:]*):([^]*)$/.exec(text) ?? [];
  if (operator === undefined || column === undefined || value === undefined || !(operator in OPERATORS)) return [];
  try {
    return [{ operator: operator as Operator, column: decodeURIComponent(column), value }];
  } catch {
    return [];
  }
}
