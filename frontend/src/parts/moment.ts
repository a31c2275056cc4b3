// A moment in the reader's words, always UTC and said so.
export function formatMoment(moment: string): string {
  const parts = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC" } as const;
  const text = new Intl.DateTimeFormat("en-GB", parts).format(new Date(moment));
  return `${text.replace(/\bSept\b/, "Sep")} UTC`;
}
