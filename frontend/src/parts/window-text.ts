// A window of UTC days in words: a day, a calendar month, or its first and last day.
const DAY_MS = 86_400_000;

interface Days {
  first: Date;
  last: Date;
}

/** Reads "2013-04-01/2013-05-01" (the end is not part of the window). */
export function parseWindow(window: string): Days {
  const [start = "", end = ""] = window.split("/");
  return { first: new Date(`${start}T00:00:00Z`), last: new Date(Date.parse(`${end}T00:00:00Z`) - DAY_MS) };
}

export function describeWindow(window: string): string {
  const { first, last } = parseWindow(window);
  if (isWholeMonth(first, last)) return format(first, { month: "long", year: "numeric" });
  const long = { day: "numeric", month: "short", year: "numeric" } as const;
  if (first.getTime() === last.getTime()) return format(first, long);
  const sameYear = first.getUTCFullYear() === last.getUTCFullYear();
  return `${format(first, sameYear ? { day: "numeric", month: "short" } : long)} – ${format(last, long)}`;
}

/** A few letters for an axis. */
export function abbreviateWindow(window: string): string {
  const { first, last } = parseWindow(window);
  if (isWholeMonth(first, last)) {
    const withYear = first.getUTCMonth() === 0;
    return format(first, withYear ? { month: "short", year: "numeric" } : { month: "short" });
  }
  return format(first, { day: "numeric", month: "short" });
}

function isWholeMonth(first: Date, last: Date): boolean {
  const next = new Date(last.getTime() + DAY_MS);
  const months = (next.getUTCFullYear() - first.getUTCFullYear()) * 12 + next.getUTCMonth() - first.getUTCMonth();
  return first.getUTCDate() === 1 && next.getUTCDate() === 1 && months === 1;
}

function format(moment: Date, parts: Intl.DateTimeFormatOptions): string {
  const text = new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: "UTC" }).format(moment);
  return text.replace(/\bSept\b/, "Sep");
}
