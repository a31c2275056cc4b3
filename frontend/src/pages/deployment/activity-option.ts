// The chart over the days as an ECharts option: rows, errors, time and callers, one below the other. Pure.
import type { EChartsCoreOption } from "echarts/core";
import type { Activity } from "../../api/model";
import { formatCount } from "../../parts/readings";
import { addDays, countDays } from "../../parts/days";

export type Day = Activity["days"][number];
/** A day without rows has no reading of anything. */
export type Shown = { day: string; found: Day | null };

const FILLED_DAYS_MAX = 400;
const PANELS = [
  { top: 26, height: 130 },
  { top: 196, height: 56 },
  { top: 292, height: 84 },
  { top: 416, height: 56 },
] as const;
export const ACTIVITY_HEIGHT = 506;

const palettes = {
  light: { text: "#495057", line: "#dfe4e9", rows: "#1c7ed6", errors: "#c92a2a", p50: "#1864ab", p95: "#9c36b5", ips: "#087f5b", keys: "#9a5b00", surface: "#ffffff" },
  dark: { text: "#b8b8b8", line: "#32383e", rows: "#4dabf7", errors: "#ff8787", p50: "#74c0fc", p95: "#e599f7", ips: "#63e6be", keys: "#ffd43b", surface: "#1c2024" },
};
type Palette = (typeof palettes)["light"];

/** Days without rows stand between the others, unless they are so many that nothing else could be seen. */
export function listDays({ days }: Activity): readonly Shown[] {
  const first = days[0]?.day;
  const last = days.at(-1)?.day;
  if (first === undefined || last === undefined) return [];
  const count = countDays(first, last);
  if (count > FILLED_DAYS_MAX) return days.map((found) => ({ day: found.day, found }));
  const known = new Map(days.map((found) => [found.day, found]));
  return Array.from({ length: count }, (_, index) => {
    const day = addDays(first, index);
    return { day, found: known.get(day) ?? null };
  });
}

export function buildActivity(days: readonly Shown[], scheme: "light" | "dark"): EChartsCoreOption {
  const palette = palettes[scheme];
  const errorTop = findErrorTop(days);
  const pick = (read: (day: Day) => number | null) => days.map(({ found }) => (found ? read(found) : null));
  return {
    textStyle: { color: palette.text, fontFamily: "inherit" },
    grid: PANELS.map(({ top, height }) => ({ left: 58, right: 14, top, height })),
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.text, fontSize: 12 },
      formatter: (points: unknown) => describePoint(days, points),
    },
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    xAxis: PANELS.map((_, index) => buildDays(days, palette, index)),
    yAxis: [
      buildScale(palette, 0, "Rows", { minInterval: 1 }, formatShort),
      buildScale(palette, 1, "Share of errors", { min: 0, max: errorTop, interval: errorTop / 2 }, formatPercent),
      buildScale(palette, 2, "Time: p50 solid, p95 dashed", { min: 0, splitNumber: 3 }, (us) => formatTime(us)),
      buildScale(palette, 3, "Callers: IP addresses solid, keys dashed", { min: 0, minInterval: 1, splitNumber: 2 }, formatShort),
    ],
    series: [
      { type: "bar", name: "Rows", xAxisIndex: 0, yAxisIndex: 0, barMaxWidth: 28, itemStyle: { color: palette.rows }, data: pick((day) => day.row_count) },
      markGenerations(days, palette),
      { type: "bar", name: "Errors", xAxisIndex: 1, yAxisIndex: 1, barMaxWidth: 28, itemStyle: { color: palette.errors }, data: pick((day) => day.error_share) },
      buildLine("p50", 2, palette.p50, "solid", pick((day) => day.p50_us)),
      buildLine("p95", 2, palette.p95, "dashed", pick((day) => day.p95_us)),
      buildLine("IP addresses", 3, palette.ips, "solid", pick((day) => day.distinct_ips)),
      buildLine("Keys", 3, palette.keys, "dashed", pick((day) => day.distinct_keys)),
    ],
  };
}

export function describeActivity({ days, row_count }: Activity): string {
  const errors = days.reduce((sum, day) => sum + day.error_count, 0);
  const most = days.reduce((best, day) => (day.row_count > best.row_count ? day : best), days[0] as Day);
  return (
    `${formatCount(row_count)} rows ${days.length === 1 ? "on" : `from ${days[0]?.day} to`} ${days.at(-1)?.day}, at most ${formatCount(most.row_count)} on ${most.day}; ` +
    `${formatCount(errors)} errors. The table below has every figure.`
  );
}

export function formatErrors({ error_count, error_share }: Day): string {
  return error_count === 0 ? "0" : `${formatCount(error_count)} (${formatPercent(error_share)})`;
}

/** Microseconds as a reader takes them; null where timings are not logged. */
export function formatTime(us: number | null): string {
  if (us === null) return "not logged";
  if (us < 1_000) return `${Math.round(us)} µs`;
  const ms = us / 1_000;
  return ms < 1_000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1_000).toPrecision(3))} s`;
}

function formatPercent(share: number): string {
  const percent = share * 100;
  return `${percent < 10 ? Number(percent.toPrecision(2)) : Math.round(percent)} %`;
}

function formatShort(value: number): string {
  return value >= 1_000_000 ? `${value / 1_000_000} M` : value >= 10_000 ? `${value / 1_000} k` : formatCount(value);
}

function findErrorTop(days: readonly Shown[]): number {
  const highest = Math.max(0, ...days.map(({ found }) => found?.error_share ?? 0));
  return [0.01, 0.05, 0.1, 0.2, 0.5].find((top) => highest <= top) ?? 1;
}

function buildLine(name: string, panel: number, colour: string, type: "solid" | "dashed", data: (number | null)[]): object {
  return {
    type: "line",
    name,
    xAxisIndex: panel,
    yAxisIndex: panel,
    data,
    symbol: "circle",
    symbolSize: 4,
    showAllSymbol: data.length <= 60,
    color: colour,
    lineStyle: { width: 2, type },
  };
}

/** A line where the generations that answered are not those of the day before, with their names. */
function markGenerations(days: readonly Shown[], palette: Palette): object {
  const answered = days.flatMap(({ found }, index) => (found && found.generations.length > 0 ? [{ index, names: found.generations.join(", ") }] : []));
  const changes = answered.filter(({ names }, at) => names !== answered[at - 1]?.names);
  return {
    type: "custom",
    name: "Generations",
    xAxisIndex: 0,
    yAxisIndex: 0,
    silent: true,
    data: changes.map(({ index }) => [index, 0]),
    renderItem: (parameters: { dataIndex: number }, brush: Brush) => {
      const [x] = brush.coord([brush.value(0), 0]);
      const left = x - brush.size([1, 0])[0] / 2;
      const { top, height } = PANELS[0];
      return {
        type: "group",
        children: [
          { type: "line", shape: { x1: left, x2: left, y1: top - 4, y2: top + height }, style: { stroke: palette.text, lineDash: [2, 3] } },
          { type: "text", x: left + 4, y: top - 6, style: { text: changes[parameters.dataIndex]?.names, fill: palette.text, fontSize: 11 } },
        ],
      };
    },
  };
}

interface Brush {
  value: (dimension: number) => number;
  coord: (point: [number, number]) => [number, number];
  size: (span: [number, number]) => [number, number];
}

function buildDays(days: readonly Shown[], palette: Palette, gridIndex: number): object {
  return {
    type: "category",
    gridIndex,
    data: days.map(({ day }) => day),
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { show: false },
    axisLabel: { show: gridIndex === PANELS.length - 1, color: palette.text, hideOverlap: true, formatter: (day: string) => abbreviateDay(days, day) },
  };
}

function buildScale(palette: Palette, gridIndex: number, name: string, range: object, format: (value: number) => string): object {
  return {
    ...range,
    type: "value",
    gridIndex,
    axisLabel: { color: palette.text, formatter: format },
    name,
    nameTextStyle: { color: palette.text, align: "left", padding: [0, 0, 0, -46] },
    nameGap: 11,
    splitLine: { lineStyle: { color: palette.line } },
  };
}

/** With the year only where the days are of several. */
function abbreviateDay(days: readonly Shown[], day: string): string {
  const years = days[0]?.day.slice(0, 4) !== days.at(-1)?.day.slice(0, 4);
  const parts: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", timeZone: "UTC" };
  const text = new Intl.DateTimeFormat("en-GB", parts).format(new Date(`${day}T00:00:00Z`)).replace(/\bSept\b/, "Sep");
  return years ? `${text} ’${day.slice(2, 4)}` : text;
}

function describePoint(days: readonly Shown[], points: unknown): string {
  const day = (points as { axisValue: string }[])[0]?.axisValue;
  const found = days.find((one) => one.day === day)?.found;
  if (!found) return `<b>${day}</b><br>no rows`;
  return [
    `<b>${found.day}</b>`,
    `${formatCount(found.row_count)} rows`,
    `Errors: ${formatErrors(found)}`,
    `p50: ${formatTime(found.p50_us)}, p95: ${formatTime(found.p95_us)}`,
    `${formatCount(found.distinct_ips)} IP addresses, ${formatCount(found.distinct_keys)} keys`,
    `Generations: ${escapeText(found.generations.join(", ")) || "–"}`,
  ].join("<br>");
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
