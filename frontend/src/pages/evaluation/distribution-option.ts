// A column's two sides as an ECharts option: histograms over each other, or a pair of bars a level.
import type { EChartsCoreOption } from "echarts/core";
import type { Distribution } from "../../api/model";
import { formatFineShare, formatMeasured } from "../../parts/readings";
import { type Bar, listBars } from "./distribution";

const LEVEL_PX = 26;
const HISTOGRAM_PX = 240;
const NAME_CHARACTERS = 18;

const palettes = {
  light: { text: "#495057", line: "#dfe4e9", current: "#1c7ed6", reference: "#b4bdc6", outline: "#6c757d", surface: "#ffffff" },
  dark: { text: "#b8b8b8", line: "#32383e", current: "#4dabf7", reference: "#59636d", outline: "#9aa5b0", surface: "#1c2024" },
};

type Palette = (typeof palettes)["light"];

export function getHeight(distribution: Distribution): number {
  if (distribution.role === "numerical") return HISTOGRAM_PX;
  return Math.max(120, 40 + LEVEL_PX * listBars(distribution).length);
}

export function buildOption(distribution: Distribution, scheme: "light" | "dark"): EChartsCoreOption {
  const palette = palettes[scheme];
  const bars = listBars(distribution);
  const common = {
    textStyle: { color: palette.text, fontFamily: "inherit" },
    tooltip: {
      trigger: "item",
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.text, fontSize: 12 },
      formatter: ({ dataIndex }: { dataIndex: number }) => describeBar(bars[dataIndex]),
    },
  };
  if (distribution.role === "categorical") return { ...common, ...buildLevels(bars, palette) };
  return { ...common, ...(distribution.single ? buildValues(bars, palette) : buildHistogram(bars, palette)) };
}

function buildHistogram(bars: readonly Bar[], palette: Palette): object {
  const draw = (name: string, fill: string, stroke: string, opacity: number, pick: (bar: Bar) => number) => ({
    type: "custom",
    name,
    data: bars.map((bar) => [bar.lower, bar.upper, pick(bar)]),
    encode: { x: [0, 1], y: 2 },
    renderItem: (_parameters: unknown, api: Brush) => drawBin(api, fill, stroke, opacity),
  });
  return {
    grid: { left: 12, right: 16, top: 10, bottom: 26 },
    xAxis: {
      type: "value",
      min: bars[0]?.lower ?? 0,
      max: bars.at(-1)?.upper ?? 1,
      axisLine: { lineStyle: { color: palette.line } },
      axisLabel: { color: palette.text, hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: formatMeasured },
      splitLine: { show: false },
    },
    yAxis: { type: "value", min: 0, axisLabel: { show: false }, axisTick: { show: false }, axisLine: { show: false }, splitLine: { lineStyle: { color: palette.line } } },
    series: [
      draw("Reference", palette.reference, palette.outline, 1, (bar) => bar.referenceHeight),
      draw("Now", palette.current, palette.current, 0.5, (bar) => bar.currentHeight),
    ],
  };
}

function buildValues(bars: readonly Bar[], palette: Palette): object {
  return {
    grid: { left: 44, right: 16, top: 10, bottom: 26 },
    xAxis: buildNames(bars, palette, {}),
    yAxis: buildShares(palette),
    series: buildPair(bars, palette, [2, 2, 0, 0]),
  };
}

function buildLevels(bars: readonly Bar[], palette: Palette): object {
  return {
    grid: { left: 12, right: 24, top: 6, bottom: 26, containLabel: true },
    xAxis: buildShares(palette),
    yAxis: buildNames(bars, palette, { inverse: true }),
    series: buildPair(bars, palette, [0, 2, 2, 0]),
  };
}

function buildNames(bars: readonly Bar[], palette: Palette, more: object): object {
  return {
    type: "category",
    data: bars.map(({ name }) => name),
    axisLine: { lineStyle: { color: palette.line } },
    axisTick: { show: false },
    axisLabel: { color: palette.text, hideOverlap: true, formatter: cut },
    ...more,
  };
}

function buildShares(palette: Palette): object {
  return { type: "value", min: 0, splitNumber: 4, axisLabel: { color: palette.text, formatter: formatFineShare }, splitLine: { lineStyle: { color: palette.line } } };
}

function buildPair(bars: readonly Bar[], palette: Palette, borderRadius: number[]): object[] {
  const build = (name: string, color: string, data: (number | null)[]) => ({ type: "bar", name, data, barGap: "10%", barCategoryGap: "28%", barMaxWidth: 18, itemStyle: { color, borderRadius } });
  const before = build("Reference", palette.reference, bars.map((bar) => bar.reference));
  return bars.some((bar) => bar.current !== null) ? [before, build("Now", palette.current, bars.map((bar) => bar.current))] : [before];
}

interface Brush {
  value: (dimension: number) => number;
  coord: (point: [number, number]) => [number, number];
}

function drawBin(api: Brush, fill: string, stroke: string, opacity: number): object {
  const [left, top] = api.coord([api.value(0), api.value(2)]);
  const [right, bottom] = api.coord([api.value(1), 0]);
  return {
    type: "rect",
    shape: { x: left, y: top, width: Math.max(right - left - 0.5, 0.5), height: bottom - top },
    style: { fill, opacity, stroke, lineWidth: 0 },
  };
}

/** The words come from the log, and ECharts takes them for HTML. */
function describeBar(bar: Bar | undefined): string {
  if (!bar) return "";
  const now = bar.current === null ? "" : `<br>Now ${formatFineShare(bar.current)}`;
  return `<b>${escape(bar.name)}</b><br>Reference ${formatFineShare(bar.reference)}${now}`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function cut(name: string): string {
  return name.length > NAME_CHARACTERS ? `${name.slice(0, NAME_CHARACTERS - 1)}…` : name;
}
