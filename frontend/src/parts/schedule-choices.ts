// What a schedule offers: times as cron lines with their words, windows of a run; and what is wrong with one that is typed.
export const RULES = [
  { value: "last-closed-day", label: "The last closed day" },
  { value: "last-7-days", label: "The last 7 days" },
  { value: "last-30-days", label: "The last 30 days" },
  { value: "previous-week", label: "The previous week" },
  { value: "previous-month", label: "The previous month" },
];

export const TIMES: Readonly<Record<string, string>> = {
  "30 2 * * *": "Every day at 02:30",
  "0 6 * * *": "Every day at 06:00",
  "0 6 * * 1": "Every Monday at 06:00",
  "0 6 1 * *": "On the first of each month at 06:00",
};

const FIELDS = ["minute", "hour", "day of month", "month", "day of week"];
const HIGHEST = [59, 23, 31, 12, 7];
const PART = /^[\dA-Za-z*,/#?-]+$/;

/** null where the line may be one; the server knows the rest. */
export function findCronFault(cron: string): string | null {
  const parts = cron.trim().split(/\s+/);
  const fits = (part: string, index: number) =>
    PART.test(part) && (part.match(/\d+/g) ?? []).every((digits) => Number(digits) <= (HIGHEST[index] ?? 0));
  if (parts.length === FIELDS.length && parts.every(fits)) return null;
  return `Found “${cron}”; expected ${FIELDS.join(", ")}, such as 30 2 * * *`;
}

export function findZoneFault(name: string): string | null {
  try {
    Intl.DateTimeFormat("en", { timeZone: name.trim() });
    return name.trim() === "" ? "Expected such as UTC or Europe/Berlin" : null;
  } catch {
    return `“${name}” is no time zone; expected such as UTC or Europe/Berlin`;
  }
}
