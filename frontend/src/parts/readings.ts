// Readings by name, and numbers as text. A reading without a value is shown as such, never as a zero.
import type { Reading } from "../api/model";

export interface MetricTitle {
  name: string;
  title: string;
  short: string;
  percent?: true;
}

/** What is measured with labels, in this order; a model has those of its task. */
export const PERFORMANCE: readonly MetricTitle[] = [
  { name: "roc_auc", title: "ROC AUC", short: "ROC AUC" },
  { name: "roc_auc_ovr", title: "ROC AUC, one class against the rest", short: "ROC AUC (rest)" },
  { name: "accuracy", title: "Accuracy", short: "Accuracy" },
  { name: "precision", title: "Precision", short: "Precision" },
  { name: "recall", title: "Recall", short: "Recall" },
  { name: "f1", title: "F1", short: "F1" },
  { name: "f1_macro", title: "Mean F1 of the classes", short: "Mean F1" },
  { name: "log_loss", title: "Log loss", short: "Log loss" },
  { name: "mae", title: "Mean absolute error", short: "MAE" },
  { name: "rmse", title: "Root mean squared error", short: "RMSE" },
  { name: "r2", title: "R²", short: "R²" },
];

/** What the pages show of the whole table, in this order. */
export const METRICS: readonly MetricTitle[] = [
  ...PERFORMANCE,
  { name: "domain_classifier_auc", title: "Domain classifier AUC", short: "Domain AUC" },
  { name: "drifted_share", title: "Share of drifted features", short: "Drifted", percent: true },
];

/** Of a column. */
const OF_COLUMNS: readonly MetricTitle[] = [
  { name: "ks", title: "Kolmogorov–Smirnov", short: "KS" },
  { name: "psi", title: "Population stability index", short: "PSI" },
  { name: "jensen_shannon", title: "Jensen–Shannon distance", short: "JS" },
  { name: "wasserstein", title: "Wasserstein distance", short: "Wasserstein" },
  { name: "wasserstein_normalised", title: "Wasserstein, in standard deviations", short: "Wasserstein/sd" },
  { name: "chi_square", title: "Chi-square", short: "χ²" },
  { name: "missing_rate", title: "Missing values", short: "Missing" },
  { name: "drift_importance", title: "Weight in telling both sides apart", short: "Drift weight" },
];

const titles = new Map([...METRICS, ...OF_COLUMNS].map((metric) => [metric.name, metric]));

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

/** A metric of another kind of model is no gap: nobody misses it. */
export function isOfTask(reading: Reading): boolean {
  return !reading.not_computed?.startsWith("defined for ");
}

export function formatValue(value: number, metric: MetricTitle): string {
  return metric.percent ? formatShare(value) : formatNumber(value);
}

export function formatShare(value: number): string {
  return `${Math.round(value * 100)} %`;
}

/** A thousandth is worth more than "0 %". */
export function formatFineShare(value: number): string {
  return value > 0 && value < 0.1 ? `${(100 * value).toFixed(value < 0.01 ? 2 : 1)} %` : formatShare(value);
}

/** A value of a column, in its own unit, with four digits that matter. */
export function formatMeasured(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.0001 || size >= 1e7)) return value.toExponential(2);
  return String(Number(value.toPrecision(size >= 1000 ? 6 : 4)));
}

export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 100_000)) return value.toExponential(1);
  return value.toFixed(3);
}

export function formatCount(value: number): string {
  return new Intl.NumberFormat("en-GB").format(value).replaceAll(",", "\u202f");
}
