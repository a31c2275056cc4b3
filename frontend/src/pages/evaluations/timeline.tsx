// A chosen metric over the windows with its interval and the reference, and the share of drifted features below.
import { Group, NativeSelect, Skeleton, Text, Title, useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import type { EvaluationSummary } from "../../api/model";
import { findReading, formatValue, getMetricTitle, METRICS, type MetricTitle } from "../../parts/readings";
import { describeWindow } from "../../parts/window-text";
import { useChoice } from "./choice";
import classes from "./page.module.css";
import { buildTimeline, TIMELINE_HEIGHT } from "./timeline-option";

const Chart = lazy(() => import("../../parts/chart"));

export function Timeline({ rows, chosen }: { rows: readonly EvaluationSummary[]; chosen: string | undefined }) {
  const [choice, , choose] = useChoice();
  const scheme = useComputedColorScheme("light");
  const metric = getMetricTitle(choice.metric);
  const inTime = useMemo(() => [...rows].reverse(), [rows]);
  const option = useMemo(() => buildTimeline(inTime, metric, chosen, scheme), [inTime, metric, chosen, scheme]);
  return (
    <section className={`card ${classes.chart}`} aria-label="Over the windows">
      <Group justify="space-between" align="center" gap="xs">
        <Title order={2}>Over the windows</Title>
        <NativeSelect
          size="xs"
          aria-label="Metric of the chart"
          value={metric.name}
          data={METRICS.filter((one) => one.name !== "drifted_share").map((one) => ({ value: one.name, label: one.title }))}
          onChange={(event) => choose({ metric: event.currentTarget.value })}
        />
      </Group>
      <Suspense fallback={<Skeleton height={TIMELINE_HEIGHT} />}>
        <Chart
          option={option}
          height={TIMELINE_HEIGHT}
          label={describeTimeline(inTime, metric)}
          onSelect={(index) => {
            const row = inTime[index];
            if (row) choose({ project: row.project, store: row.store, evaluation: row.id });
          }}
        />
      </Suspense>
      <Text size="xs" c="dimmed">
        {describeMarks(inTime, metric)}
      </Text>
    </section>
  );
}

function describeMarks(rows: readonly EvaluationSummary[], metric: MetricTitle): string {
  const readings = rows.map((row) => findReading(row.readings, metric.name));
  const reference = readings.findLast((reading) => reading?.reference_value != null)?.reference_value;
  const dashed = reference == null ? "" : ` Dashed: the reference, ${formatValue(reference, metric)}.`;
  return `Whiskers: 95 % interval.${dashed} Bars: share of features that drifted.`;
}

function describeTimeline(rows: readonly EvaluationSummary[], metric: MetricTitle): string {
  const points = rows.flatMap((row) => {
    const value = findReading(row.readings, metric.name)?.value;
    return value == null ? [] : [`${describeWindow(row.window)} ${formatValue(value, metric)}`];
  });
  return `${metric.title} over the windows: ${points.join(", ") || "no value yet"}`;
}
