// A chosen metric over the windows with its interval and the reference, and the share of drifted features below.
import { Group, NativeSelect, Skeleton, Text, Title, useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import type { EvaluationSummary } from "../api/model";
import { findReading, formatValue, getMetricTitle, isOfTask, METRICS, type MetricTitle } from "./readings";
import { describeWindow } from "./window-text";
import { buildTimeline, type Threshold, TIMELINE_HEIGHT } from "./timeline-option";

const Chart = lazy(() => import("./chart"));

interface Props {
  rows: readonly EvaluationSummary[];
  chosen: string | undefined;
  /** The name of the metric that is drawn. */
  name: string;
  onMetric: (name: string) => void;
  onSelect: (row: EvaluationSummary) => void;
  /** For rows in the order of time, and the metric that is drawn. */
  thresholds?: (rows: readonly EvaluationSummary[], metric: string) => Threshold[];
  className?: string | undefined;
}

export function Timeline({ rows, chosen, name, onMetric, onSelect, thresholds, className = "" }: Props) {
  const scheme = useComputedColorScheme("light");
  const offered = METRICS.filter((one) => one.name !== "drifted_share" && isMeasured(rows, one.name));
  const metric = isMeasured(rows, name) ? getMetricTitle(name) : (offered[0] ?? getMetricTitle(name));
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
        <Chart
          option={option}
          height={TIMELINE_HEIGHT}
          label={describeTimeline(inTime, metric)}
          onSelect={(index) => {
            const row = inTime[index];
            if (row) onSelect(row);
          }}
        />
      </Suspense>
      <Text size="xs" c="dimmed">
        {describeMarks(inTime, metric, bounds)}
      </Text>
    </section>
  );
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
  return `Whiskers: 95 % interval.${dashed}${dotted} Bars: share of features that drifted.`;
}

function describeTimeline(rows: readonly EvaluationSummary[], metric: MetricTitle): string {
  const points = rows.flatMap((row) => {
    const value = findReading(row.readings, metric.name)?.value;
    return value == null ? [] : [`${describeWindow(row.window)} ${formatValue(value, metric)}`];
  });
  return `${metric.title} over the windows: ${points.join(", ") || "no value yet"}`;
}
