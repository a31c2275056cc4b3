// Rows as a table of which only what is in view exists and is asked for. It scrolls in itself, both ways.
import { useDebouncedValue } from "@mantine/hooks";
import { memo, useEffect, useRef } from "react";
import { Link } from "react-router";
import { type Column, PAGE_ROWS, type Question, type Row, useRowPages, useStatistics } from "../../api/rows";
import type { components } from "../../api/schema";
import { Failure } from "../../parts/failure";
import { formatCount } from "../../parts/readings";
import { showCell } from "./cells";
import { isNumber, useChoice } from "./choice";
import { ColumnHead } from "./column-head";
import { useRowPlace } from "./row-place";
import classes from "./row-table.module.css";

const HEAD_HEIGHT = 74;
const NUMBER_WIDTH = 92;
const WIDTH_MIN = 116;
const WIDTH_MAX = 250;
const LETTER_WIDTH = 7.5;
const COLUMN_OVERSCAN = 2;
/** A place that was only passed by is not asked for. */
const REST_MS = 60;

interface Props {
  project: string;
  name: string;
  question: Question;
  first: components["schemas"]["RowsAnswer"];
  /** The rows are those of another question, until its own come. */
  stale: boolean;
  retry: () => void;
}

export function RowTable({ project, name, question, first, stale, retry }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { choice } = useChoice();
  const { columns, row_count: count } = first;
  const { place, slice, look, goTo } = useRowPlace(box, count, HEAD_HEIGHT);
  const [rested] = useDebouncedValue(`${Math.floor(slice.first / PAGE_ROWS)}-${Math.floor(Math.max(0, slice.last - 1) / PAGE_ROWS)}`, REST_MS);
  const pages = stale ? [] : listPages(rested, count);
  const answers = useRowPages(project, name, question, first.version, pages);
  const statistics = useStatistics(project, name, question);
  const rows = new Map(pages.map((page, index) => [page, answers[index]?.data?.rows] as const));
  rows.set(0, first.rows);
  const failed = answers.filter((answer) => answer.isError);
  const again = () => {
    retry();
    for (const answer of failed) void answer.refetch();
  };
  const span = cutColumns(columns, place.scrollLeft, place.width - NUMBER_WIDTH);
  const found = new Map(statistics.data?.columns.map((one) => [one.name, one]));
  const asked = choice.row;
  const order = JSON.stringify([question.window, question.filters, question.sort, question.descending]);

  useEffect(() => {
    if (!stale) goTo(asked === null ? 0 : asked - 3);
    // Only when other rows are asked for: a row that is chosen by a click is in view.
    // eslint-disable-next-line
  }, [order, stale]);
  useEffect(() => {
    if (asked !== null && !stale && (asked < slice.first || asked >= slice.last)) goTo(asked - 3);
  }, [asked]);

  return (
    <>
      {failed[0]?.error && <Failure what="These rows could not be read" error={failed[0].error} retry={again} />}
      {statistics.isError && <Failure what="The columns' statistics could not be read" error={statistics.error} retry={() => void statistics.refetch()} />}
      <div className={classes.box} ref={box} onScroll={look} tabIndex={0} role="region" aria-label="Rows of the log" aria-busy={stale} data-stale={stale || undefined}>
        <table className={classes.table} style={{ width: NUMBER_WIDTH + span.total }} aria-rowcount={count + 1} aria-colcount={columns.length + 1} aria-label="Rows of the log">
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col" aria-colindex={1} className={classes.number} style={{ width: NUMBER_WIDTH }}>
                Row
              </th>
              {span.before > 0 && <td aria-hidden="true" style={{ width: span.before }} />}
              {span.columns.map((column, index) => (
                <th key={column.name} scope="col" aria-colindex={span.first + index + 2} aria-sort={tellOrder(choice.sort === column.name, choice.descending)} style={{ width: findWidth(column) }}>
                  <ColumnHead column={column} statistics={found.get(column.name)} sampled={statistics.data?.sampled_rows ?? 0} />
                </th>
              ))}
              {span.after > 0 && <td aria-hidden="true" style={{ width: span.after }} />}
            </tr>
          </thead>
          <tbody>
            <Space height={slice.before} columns={span.columns.length + 3} />
            {Array.from({ length: Math.max(0, slice.last - slice.first) }, (_, step) => {
              const index = slice.first + step;
              return (
                <TableRow
                  key={index}
                  index={index}
                  row={rows.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS]}
                  columns={span.columns}
                  before={span.before > 0}
                  after={span.after > 0}
                  chosen={index === asked}
                />
              );
            })}
            <Space height={slice.after} columns={span.columns.length + 3} />
          </tbody>
        </table>
      </div>
    </>
  );
}

interface RowProps {
  index: number;
  /** Not there yet where it is undefined. */
  row: Row | undefined;
  columns: readonly Column[];
  before: boolean;
  after: boolean;
  chosen: boolean;
}

const TableRow = memo(function TableRow({ index, row, columns, before, after, chosen }: RowProps) {
  const { link, change } = useChoice();
  return (
    <tr aria-rowindex={index + 2} className={classes.row} data-chosen={chosen || undefined} onClick={() => change({ row: index })}>
      <th scope="row" className={classes.number}>
        <Link to={link({ row: index })} preventScrollReset aria-label={`Row ${formatCount(index + 1)}`} aria-current={chosen ? "true" : undefined} onClick={(event) => event.stopPropagation()}>
          {formatCount(index + 1)}
        </Link>
      </th>
      {before && <td aria-hidden="true" />}
      {columns.map((column) => {
        const value = row?.[column.name];
        return (
          <td key={column.name} data-number={isNumber(column) || undefined} data-none={value == null || undefined}>
            {row ? showCell(value, column) : "…"}
          </td>
        );
      })}
      {after && <td aria-hidden="true" />}
    </tr>
  );
}, isSame);

/** Columns are cut anew at each step of scrolling; a row is drawn anew only where they differ. */
function isSame(one: RowProps, other: RowProps): boolean {
  const columns = one.columns.length === other.columns.length && one.columns.every((column, index) => column === other.columns[index]);
  return columns && one.row === other.row && one.index === other.index && one.before === other.before && one.after === other.after && one.chosen === other.chosen;
}

function Space({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true">
      <td colSpan={columns} className={classes.space} style={{ height }} />
    </tr>
  );
}

function listPages(rested: string, count: number): number[] {
  const [from = 0, to = 0] = rested.split("-").map(Number);
  const last = Math.ceil(count / PAGE_ROWS) - 1;
  const pages: number[] = [];
  for (let page = from; page <= Math.min(to, last); page++) if (page > 0) pages.push(page);
  return pages;
}

function tellOrder(sorted: boolean, descending: boolean) {
  return !sorted ? "none" : descending ? "descending" : "ascending";
}

function findWidth({ name, type }: Column): number {
  if (type === "timestamp") return 230;
  return Math.round(Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, name.length * LETTER_WIDTH + 40)));
}

function cutColumns(columns: readonly Column[], left: number, width: number) {
  const ends: number[] = [];
  columns.reduce((sum, column) => (ends.push(sum + findWidth(column)), sum + findWidth(column)), 0);
  const total = ends.at(-1) ?? 0;
  const found = ends.findIndex((end) => end > left);
  const first = Math.max(0, (found < 0 ? 0 : found) - COLUMN_OVERSCAN);
  const beyond = ends.findIndex((end) => end >= left + width);
  const last = beyond < 0 ? columns.length : Math.min(columns.length, beyond + 1 + COLUMN_OVERSCAN);
  const before = first === 0 ? 0 : (ends[first - 1] ?? 0);
  return { first, columns: columns.slice(first, last), before, after: total - (ends[last - 1] ?? 0), total };
}
