// A chosen metric over the windows with its interval and the reference, and the share of drifted features below.
import { Group, NativeSelect, Skeleton, Text, Title, useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import type { EvaluationSummary } from "../api/model";
import { findReading, formatValue, getMetricTitle, isOfTask, METRICS, type MetricTitle } from "./readings";
import { describeWindow } from "./window-text";
import classes from "./timeline.module.css";
import { buildTimeline, type Threshold, TIMELINE_HEIGHT } from "./timeline-option";

const FIRST: MetricTitle = getMetricTitle("domain_classifier_auc");

const Chart = lazy(() => import("./chart"));

interface Props {
  rows: readonly EvaluationSummary[];
  chosen: string | undefined;
  /** The name of the metric that is drawn; null: the first that has values. */
  name: string | null;
  onMetric: (name: string) => void;
  onSelect: (row: EvaluationSummary) => void;
  /** For rows in the order of time, and the metric that is drawn. */
  thresholds?: (rows: readonly EvaluationSummary[], metric: string) => Threshold[];
  className?: string | undefined;
}

export function Timeline({ rows, chosen, name, onMetric, onSelect, thresholds, className = "" }: Props) {
  const scheme = useComputedColorScheme("light");
  const offered = METRICS.filter((one) => one.name !== "drifted_share" && isMeasured(rows, one.name));
  const metric = offered.find((one) => one.name === name) ?? offered.find((one) => hasValue(rows, one.name)) ?? offered[0] ?? FIRST;
  const inTime = useMemo(() => [...rows].reverse(), [rows]);
  const bounds = useMemo(() => thresholds?.(inTime, metric.name) ?? [], [thresholds, inTime, metric.name]);
  const option = useMemo(() => buildTimeline(inTime, metric, chosen, scheme, bounds), [inTime, metric, chosen, scheme, bounds]);
  return (
    <section className={`card ${className}`} aria-label="Over the windows">
      <Group justify="space-between" align="center" gap="xs">
        <Title order={2}>Over the windows</Title>
        <NativeSelect
          size="xs"
          aria-label="Metric of the chart"
          value={metric.name}
          data={offered.map((one) => ({ value: one.name, label: one.title }))}
          onChange={(event) => onMetric(event.currentTarget.value)}
        />
      </Group>
      <Suspense fallback={<Skeleton height={TIMELINE_HEIGHT} role="status" aria-label="Loading the chart" />}>
        <div className={classes.chart}>
          <Chart
            option={option}
            height={TIMELINE_HEIGHT}
            label={describeTimeline(inTime, metric)}
            onSelect={(index) => {
              const row = inTime[index];
              if (row) onSelect(row);
            }}
          />
          {!hasValue(rows, metric.name) && (
            <Text size="sm" c="dimmed" className={classes.nothing}>
              {`${metric.title} is not computed: ${findReason(rows, metric.name)}`}
            </Text>
          )}
        </div>
      </Suspense>
      <Text size="xs" c="dimmed">
        {describeMarks(inTime, metric, bounds)}
      </Text>
    </section>
  );
}

function hasValue(rows: readonly EvaluationSummary[], name: string): boolean {
  return rows.some((row) => findReading(row.readings, name)?.value != null);
}

/** Of the newest window that says one. */
function findReason(rows: readonly EvaluationSummary[], name: string): string {
  const reasons = rows.map((row) => findReading(row.readings, name)?.not_computed);
  return reasons.find((reason) => reason != null) ?? "no window has a reading of it";
}

/** Whether the metric is one of the models' task. */
function isMeasured(rows: readonly EvaluationSummary[], name: string): boolean {
  return rows.some((row) => {
    const reading = findReading(row.readings, name);
    return reading !== undefined && isOfTask(reading);
  });
}

function describeMarks(rows: readonly EvaluationSummary[], metric: MetricTitle, bounds: readonly Threshold[]): string {
  const readings = rows.map((row) => findReading(row.readings, metric.name));
  const reference = readings.findLast((reading) => reading?.reference_value != null)?.reference_value;
  const dashed = reference == null ? "" : ` Dashed: the reference, ${formatValue(reference, metric)}.`;
  const named = [...new Set(bounds.map(({ name }) => name))].join(", ");
  const dotted = bounds.length > 0 ? ` Dotted: bounds of the checks (${named}).` : "";
  const whiskers = readings.some((reading) => reading?.lower != null && reading.upper != null) ? "Whiskers: 95 % interval." : "";
  return `${whiskers}${dashed}${dotted} Bars: share of features that drifted.`.trim();
}

function describeTimeline(rows: readonly EvaluationSummary[], metric: MetricTitle): string {
  const points = rows.flatMap((row) => {
    const value = findReading(row.readings, metric.name)?.value;
    return value == null ? [] : [`${describeWindow(row.window)} ${formatValue(value, metric)}`];
  });
  return `${metric.title} over the windows: ${points.join(", ") || "no value yet"}`;
}
