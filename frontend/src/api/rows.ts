// What a dataset's page asks of a log: rows page by page, one row whole, statistics of columns, code and files.
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { get } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Column = Schemas["LogColumnAnswer"];
export type Row = Schemas["RowsAnswer"]["rows"][number];
export type Cell = Row[string];
export type ColumnStatistics = Schemas["ColumnStatisticsAnswer"];
export type Operator = "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "contains" | "is-null" | "not-null";

export interface Filter {
  column: string;
  operator: Operator;
  value: string;
}

/** Which rows, in which order; `columns` null: all of them. */
export interface Question {
  window: string | null;
  filters: readonly Filter[];
  sort: string | null;
  descending: boolean;
  columns: readonly string[] | null;
}

/** Small, since a page of sorted rows may lie in as many files as it has rows. */
export const PAGE_ROWS = 50;

/** The first page, with the count of all rows and the version of the table that the other pages are asked of. */
export function useFirstRows(project: string, name: string, question: Question) {
  return useQuery({
    queryKey: ["rows", project, name, question],
    queryFn: () => readRows(project, name, question, 0, PAGE_ROWS, null),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });
}

/** Never called off: a page that was passed by is at hand when one scrolls back. */
export function useRowPages(project: string, name: string, question: Question, version: number | null, pages: readonly number[]) {
  return useQueries({
    queries: pages.map((page) => ({
      queryKey: ["rows", project, name, question, version, page],
      queryFn: () => readRows(project, name, question, page * PAGE_ROWS, PAGE_ROWS, version),
      staleTime: Infinity,
      refetchOnWindowFocus: false,
    })),
  });
}

/** All columns of the row at a place of the question's order. */
export function useRow(project: string, name: string, question: Question, version: number | null, place: number) {
  const whole = { ...question, columns: null };
  return useQuery({
    queryKey: ["row", project, name, whole, version, place],
    queryFn: () => readRows(project, name, whole, place, 1, version),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });
}

export function useStatistics(project: string, name: string, { window, columns }: Question) {
  return useQuery({
    queryKey: ["statistics", project, name, window, columns],
    queryFn: () =>
      get("/api/v1/datasets/{project}/{name}/statistics", { path: { project, name }, query: { window, column: columns?.slice() ?? null } }),
    refetchOnWindowFocus: false,
  });
}

/** How to read the log without Wakeline. */
export function useSnippets(project: string, name: string, window: string | null) {
  return useQuery({
    queryKey: ["snippets", project, name, window],
    queryFn: ({ signal }) => get("/api/v1/datasets/{project}/{name}/snippets", { path: { project, name }, query: { window }, signal }),
    placeholderData: keepPreviousData,
  });
}

/** The address of the rows of a question, unsorted, as one file. */
export function downloadAddress(project: string, name: string, format: "csv" | "parquet" | "arrow", question: Question): string {
  const path = `api/v1/datasets/${encodeURIComponent(project)}/${encodeURIComponent(name)}/download`;
  const address = new URL(path, document.baseURI);
  address.searchParams.set("format", format);
  if (question.window !== null) address.searchParams.set("window", question.window);
  const filters = writeFilters(question.filters);
  if (filters !== null) address.searchParams.set("filters", filters);
  for (const column of question.columns ?? []) address.searchParams.append("column", column);
  return address.href;
}

function readRows(project: string, name: string, question: Question, offset: number, limit: number, version: number | null) {
  const { window, sort, descending, columns } = question;
  return get("/api/v1/datasets/{project}/{name}/rows", {
    path: { project, name },
    query: { offset, limit, window, sort, descending, version, filters: writeFilters(question.filters), column: columns?.slice() ?? null },
  });
}

function writeFilters(filters: readonly Filter[]): string | null {
  return filters.length === 0 ? null : JSON.stringify(filters);
}
