// Readings by name, and numbers as text. A reading without a value is shown as such, never as a zero.
import type { Reading } from "../api/model";

export interface MetricTitle {
  name: string;
  title: string;
  short: string;
  percent?: true;
}

/** What the pages show of the whole table, in this order. */
export const METRICS: readonly MetricTitle[] = [
  { name: "roc_auc", title: "ROC AUC", short: "ROC AUC" },
  { name: "accuracy", title: "Accuracy", short: "Accuracy" },
  { name: "precision", title: "Precision", short: "Precision" },
  { name: "recall", title: "Recall", short: "Recall" },
  { name: "f1", title: "F1", short: "F1" },
  { name: "log_loss", title: "Log loss", short: "Log loss" },
  { name: "domain_classifier_auc", title: "Domain classifier AUC", short: "Domain AUC" },
  { name: "drifted_share", title: "Share of drifted features", short: "Drifted", percent: true },
];

const titles = new Map(METRICS.map((metric) => [metric.name, metric]));

export function getMetricTitle(name: string): MetricTitle {
  const known = titles.get(name);
  if (known) return known;
  const words = name.replaceAll("_", " ");
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  return { name, title, short: title };
}

export function findReading(readings: readonly Reading[], metric: string, column: string | null = null) {
  return readings.find((reading) => reading.metric === metric && (reading.column ?? null) === column);
}

export function formatValue(value: number, metric: MetricTitle): string {
  return metric.percent ? formatShare(value) : formatNumber(value);
}

export function formatShare(value: number): string {
  return `${Math.round(value * 100)} %`;
}

export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 100_000)) return value.toExponential(1);
  return value.toFixed(3);
}

export function formatCount(value: number): string {
  return new Intl.NumberFormat("en-GB").format(value).replaceAll(",", "\u202f");
}
