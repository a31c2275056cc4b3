// The chart over the windows as an ECharts option. Pure: rows in, option out.
import type { EChartsCoreOption } from "echarts/core";
import type { EvaluationSummary } from "../api/model";
import { findReading, formatCount, formatShare, formatValue, type MetricTitle } from "./readings";
import { abbreviateWindow, describeWindow } from "./window-text";

export const TIMELINE_HEIGHT = 360;
const WHISKER_PX = 5;
const UNIT = new Set(["roc_auc", "roc_auc_ovr", "accuracy", "precision", "recall", "f1", "f1_macro", "domain_classifier_auc"]);
const STEPS = [0.02, 0.05, 0.1, 0.2];
const TICKS_MAX = 5;

const palettes = {
  light: { text: "#495057", line: "#dfe4e9", value: "#1864ab", reference: "#6b4100", drift: "#d9480f", chosen: "#e7f1fb", surface: "#ffffff", warning: "#9a5b00", error: "#c92a2a" },
  dark: { text: "#b8b8b8", line: "#32383e", value: "#74c0fc", reference: "#ffd8a8", drift: "#ff922b", chosen: "#1a2c3f", surface: "#1c2024", warning: "#ffd43b", error: "#ff8787" },
};

/** A bound of a check on what is drawn, one value a window (null where it has none). */
export interface Threshold {
  name: string;
  /** Which of the two charts it belongs to. */
  of: "metric" | "drift";
  level: "warning" | "error";
  values: readonly (number | null)[];
}

type Palette = (typeof palettes)["light"];

export function buildTimeline(
  rows: readonly EvaluationSummary[],
  metric: MetricTitle,
  chosen: string | undefined,
  scheme: "light" | "dark",
  thresholds: readonly Threshold[] = [],
): EChartsCoreOption {
  const palette = palettes[scheme];
  return {
    textStyle: { color: palette.text, fontFamily: "inherit" },
    grid: [
      { left: 52, right: 16, top: 32, height: 190 },
      { left: 52, right: 16, top: 262, height: 66 },
    ],
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.text, fontSize: 12 },
      formatter: (points: unknown) => describePoint(rows, points, metric),
    },
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    xAxis: [buildWindows(rows, palette, 0), buildWindows(rows, palette, 1)],
    yAxis: [
      buildScale(palette, metric.title, limitScale(metric, rows, thresholds), formatTick),
      buildScale(palette, "Drifted features", { gridIndex: 1, min: 0, max: 1, interval: 0.5 }, formatShare),
    ],
    series: [
      ...buildMetric(rows, metric, chosen, palette),
      ...thresholds.map((threshold) => buildThreshold(threshold, palette)),
      {
        type: "bar",
        name: "Drifted features",
        xAxisIndex: 1,
        yAxisIndex: 1,
        barMaxWidth: 28,
        itemStyle: { color: palette.drift, borderRadius: [3, 3, 0, 0] },
        data: rows.map((row) => ({
          value: findReading(row.readings, "drifted_share")?.value ?? null,
          itemStyle: { opacity: row.id === chosen ? 1 : 0.55 },
        })),
      },
    ],
  };
}

function buildMetric(
  rows: readonly EvaluationSummary[],
  metric: MetricTitle,
  chosen: string | undefined,
  palette: Palette,
): object[] {
  const readings = rows.map((row) => findReading(row.readings, metric.name));
  const bounds = readings.flatMap((reading, index) =>
    reading?.lower == null || reading.upper == null ? [] : [[index, reading.lower, reading.upper]],
  );
  return [
    {
      type: "custom",
      name: "95 % interval",
      data: bounds,
      encode: { x: 0, y: [1, 2] },
      silent: true,
      renderItem: (_parameters: unknown, api: Brush) => drawWhisker(api, palette.value),
    },
    {
      type: "line",
      name: metric.title,
      data: readings.map((reading, index) => ({
        value: reading?.value ?? null,
        symbolSize: rows[index]?.id === chosen ? 13 : 8,
      })),
      symbol: "circle",
      connectNulls: false,
      color: palette.value,
      lineStyle: { width: 2 },
      itemStyle: { borderColor: palette.surface, borderWidth: 1.5 },
    },
    {
      type: "line",
      name: "reference",
      data: readings.map((reading) => reading?.reference_value ?? null),
      ...showSingle(readings.map((reading) => reading?.reference_value ?? null)),
      connectNulls: true,
      silent: true,
      color: palette.reference,
      lineStyle: { color: palette.reference, type: "dashed", width: 1.5 },
    },
  ];
}

function buildThreshold({ name, of, level, values }: Threshold, palette: Palette): object {
  return {
    type: "line",
    name,
    ...(of === "drift" ? { xAxisIndex: 1, yAxisIndex: 1, z: 3 } : {}),
    data: [...values],
    ...showSingle(values),
    color: palette[level],
    step: "middle",
    silent: true,
    connectNulls: true,
    lineStyle: { color: palette[level], type: "dotted", width: 2 },
  };
}

/** Evaluations stand on the axis by id: two of them may have the same few letters. */
function buildWindows(rows: readonly EvaluationSummary[], palette: Palette, gridIndex: number): object {
  return {
    type: "category",
    gridIndex,
    data: rows.map((row) => row.id),
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { show: false },
    axisLabel: {
      show: gridIndex === 1,
      color: palette.text,
      hideOverlap: true,
      formatter: (_id: string, index: number) => abbreviateWindow(rows[index]?.window ?? ""),
    },
  };
}

function buildScale(palette: Palette, name: string, range: object, format: (value: number) => string): object {
  return {
    ...range,
    type: "value",
    axisLabel: { color: palette.text, formatter: format },
    name,
    nameTextStyle: { color: palette.text, align: "left", padding: [0, 0, 0, -40] },
    nameGap: 13,
    splitLine: { lineStyle: { color: palette.line } },
  };
}

/** What cannot leave 0 to 1 has no axis beyond, and even ticks. */
function limitScale({ name }: MetricTitle, rows: readonly EvaluationSummary[], thresholds: readonly Threshold[]): object {
  if (!UNIT.has(name)) return { scale: true };
  const drawn = rows.flatMap(({ readings }) => {
    const reading = findReading(readings, name);
    return reading ? [reading.value, reading.lower, reading.upper, reading.reference_value] : [];
  });
  const bounds = thresholds.flatMap(({ of, values }) => (of === "metric" ? values : []));
  const values = [...drawn, ...bounds].filter((value) => value != null);
  if (values.length === 0) return { min: 0, max: 1, interval: 0.2 };
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const interval = STEPS.find((step) => (most - least) / step <= TICKS_MAX) ?? 0.2;
  const place = (value: number) => Number(Math.min(1, Math.max(0, value)).toFixed(2));
  const [min, max] = [place(Math.floor(least / interval) * interval), place(Math.ceil(most / interval) * interval)];
  return { min: min === max ? place(min - interval) : min, max: min === max ? place(max + interval) : max, interval };
}

/** A line of one point would not be seen. */
function showSingle(values: readonly (number | null)[]): object {
  const single = values.filter((value) => value !== null).length === 1;
  return single ? { symbol: "rect", symbolSize: [64, 2], showSymbol: true } : { symbol: "none" };
}

interface Brush {
  value: (dimension: number) => number;
  coord: (point: [number, number]) => [number, number];
}

function drawWhisker(api: Brush, colour: string): object {
  const [x, bottom] = api.coord([api.value(0), api.value(1)]);
  const [, top] = api.coord([api.value(0), api.value(2)]);
  const line = (x1: number, y1: number, x2: number, y2: number) => ({
    type: "line",
    shape: { x1, y1, x2, y2 },
    style: { stroke: colour, lineWidth: 1.5, opacity: 0.75 },
  });
  return {
    type: "group",
    children: [
      line(x, bottom, x, top),
      line(x - WHISKER_PX, bottom, x + WHISKER_PX, bottom),
      line(x - WHISKER_PX, top, x + WHISKER_PX, top),
    ],
  };
}

function describePoint(rows: readonly EvaluationSummary[], points: unknown, metric: MetricTitle): string {
  const id = (points as { axisValue: string }[])[0]?.axisValue;
  const row = rows.find((one) => one.id === id);
  if (!row) return "";
  const reading = findReading(row.readings, metric.name);
  const share = findReading(row.readings, "drifted_share")?.value;
  const interval =
    reading?.lower == null || reading.upper == null
      ? ""
      : ` (${formatValue(reading.lower, metric)} to ${formatValue(reading.upper, metric)})`;
  const value = reading?.value == null ? "not computed" : formatValue(reading.value, metric) + interval;
  return [
    `<b>${describeWindow(row.window)}</b>`,
    row.status,
    `${metric.title}: ${value}`,
    share == null ? "" : `Drifted features: ${formatShare(share)}`,
    `${formatCount(row.row_count)} rows`,
  ]
    .filter(Boolean)
    .join("<br>");
}

function formatTick(value: number): string {
  return String(Number(value.toFixed(3)));
}
