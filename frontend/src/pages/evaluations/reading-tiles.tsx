// The readings of the whole table: value, 95 % interval, and the same on the reference.
import { SimpleGrid, Text } from "@mantine/core";
import type { Reading } from "../../api/model";
import { findReading, formatValue, getMetricTitle, type MetricTitle } from "../../parts/readings";
import classes from "./detail.module.css";

const SHOWN = ["roc_auc", "accuracy", "log_loss", "f1", "domain_classifier_auc", "drifted_share"] as const;

export function ReadingTiles({ readings }: { readings: readonly Reading[] }) {
  return (
    <SimpleGrid component="dl" cols={2} spacing="xs" verticalSpacing="xs" className={classes.tiles}>
      {SHOWN.map((name) => (
        <Tile key={name} metric={getMetricTitle(name)} reading={findReading(readings, name)} />
      ))}
    </SimpleGrid>
  );
}

function Tile({ metric, reading }: { metric: MetricTitle; reading: Reading | undefined }) {
  const value = reading?.value ?? null;
  return (
    <div className={classes.tile}>
      <Text component="dt" size="xs" c="dimmed">
        {metric.title}
      </Text>
      <dd>
        {value === null ? (
          <Text span size="sm" c="dimmed">
            not computed
          </Text>
        ) : (
          <Text span fw={650} size="lg">
            {formatValue(value, metric)}
          </Text>
        )}
        {(reading && value !== null ? describeBounds(reading, metric) : [reading?.not_computed ?? "not measured"]).map((line) => (
          <Text key={line} size="xs" c="dimmed">
            {line}
          </Text>
        ))}
      </dd>
    </div>
  );
}

function describeBounds(reading: Reading, metric: MetricTitle): string[] {
  const { lower, upper, reference_value: reference, reference_lower: from, reference_upper: to } = reading;
  const parts: string[] = [];
  if (lower != null && upper != null) parts.push(`${formatValue(lower, metric)} to ${formatValue(upper, metric)}`);
  if (reference != null) {
    const interval = from != null && to != null ? ` (${formatValue(from, metric)} to ${formatValue(to, metric)})` : "";
    parts.push(`reference ${formatValue(reference, metric)}${interval}`);
  }
  return parts;
}
