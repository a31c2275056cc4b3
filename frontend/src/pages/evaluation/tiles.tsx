// The readings that a glance should catch.
import { SimpleGrid, Text } from "@mantine/core";
import type { Evaluation, Reading } from "../../api/model";
import { findReading, formatCount, formatShare, formatValue, getMetricTitle, isOfTask, type MetricTitle, PERFORMANCE } from "../../parts/readings";
import classes from "./page.module.css";

export function Tiles({ evaluation }: { evaluation: Evaluation }) {
  const { readings, features, labels } = evaluation;
  const drifted = features.filter((feature) => feature.drifted).length;
  const known = features.filter((feature) => feature.status !== "EMPTY").length;
  return (
    <SimpleGrid component="dl" cols={{ base: 2, sm: 3, lg: 5 }} spacing="sm" className={classes.tiles}>
      <PerformanceTiles readings={readings} />
      <Tile title="Drifted features" value={`${drifted} of ${features.length}`} notes={known < features.length ? [`${features.length - known} without a verdict`] : ["of the model's inputs"]} />
      <Measured readings={readings} metric="domain_classifier_auc" note="0.5: cannot tell it from the reference" />
      <Tile
        title="Ground truth"
        value={labels && labels.labelled + labels.waiting > 0 ? formatShare(labels.labelled / (labels.labelled + labels.waiting)) : "none"}
        notes={labels ? describeLabels(labels) : ["no labels were looked for"]}
      />
    </SimpleGrid>
  );
}

/** Every metric of the model's task; one tile says why where there is none. */
function PerformanceTiles({ readings }: { readings: readonly Reading[] }) {
  const found = PERFORMANCE.flatMap(({ name }) => findReading(readings, name) ?? []).filter(isOfTask);
  if (found.every((reading) => reading.value == null)) {
    return <Tile title="Performance" value={null} notes={[found[0]?.not_computed ?? "not measured"]} />;
  }
  return found.map(({ metric }) => <Measured key={metric} readings={readings} metric={metric} />);
}

function describeLabels({ labelled, waiting, unmatched, corrected }: NonNullable<Evaluation["labels"]>): string[] {
  const lines = [`${formatCount(labelled)} labelled, ${formatCount(waiting)} waiting`];
  if (corrected > 0) lines.push(`${formatCount(corrected)} corrected`);
  if (unmatched > 0) lines.push(`${formatCount(unmatched)} labels match no prediction`);
  return lines;
}

function Measured({ readings, metric: name, note }: { readings: readonly Reading[]; metric: string; note?: string }) {
  const metric = getMetricTitle(name);
  const reading = findReading(readings, name);
  if (reading?.value == null) {
    return <Tile title={metric.title} value={null} notes={[reading?.not_computed ?? "not measured"]} />;
  }
  const notes: string[] = [];
  if (reading.lower != null && reading.upper != null) {
    notes.push(`${formatValue(reading.lower, metric)} to ${formatValue(reading.upper, metric)}`);
  }
  if (reading.reference_value != null) notes.push(describeReference(reading, metric));
  if (note) notes.push(note);
  return <Tile title={metric.title} value={formatValue(reading.value, metric)} notes={notes} />;
}

function describeReference({ reference_value: value, reference_lower: lower, reference_upper: upper }: Reading, metric: MetricTitle): string {
  const interval = lower == null || upper == null ? "" : ` (${formatValue(lower, metric)} to ${formatValue(upper, metric)})`;
  return `reference ${formatValue(value ?? 0, metric)}${interval}`;
}

function Tile({ title, value, notes }: { title: string; value: string | null; notes: readonly string[] }) {
  return (
    <div className={`card ${classes.tile}`}>
      <Text component="dt" size="sm" c="dimmed">
        {title}
      </Text>
      <dd>
        {value === null ? (
          <Text span c="dimmed">
            not computed
          </Text>
        ) : (
          <Text span fw={650} fz={24} lh={1.2}>
            {value}
          </Text>
        )}
        {notes.map((note) => (
          <Text key={note} size="xs" c="dimmed">
            {note}
          </Text>
        ))}
      </dd>
    </div>
  );
}
