// UTC days as texts, "2013-04-01".
import { formatCount } from "./readings";

const DAY_MS = 86_400_000;

export function addDays(day: string, count: number): string {
  const moment = new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS);
  return Number.isNaN(moment.getTime()) ? day : moment.toISOString().slice(0, 10);
}

export function countDays(first: string, last: string): number {
  return Math.round((Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / DAY_MS) + 1;
}

/** How much a log holds, and of which days. */
export function describeLog(rows: number, first: string | null, last: string | null): string {
  return `${formatCount(rows)} logged ${rows === 1 ? "query" : "queries"}, ${first === last ? "on" : `${first} to`} ${last} (UTC).`;
}
