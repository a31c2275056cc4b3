// Features, the most drifted first: population stability index as a bar that is full from 1 on,
// and the share of the model's importance.
import { Badge, Button, Group, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Evaluation, FeatureVerdict } from "../../api/model";
import { findReading, formatNumber, formatShare } from "../../parts/readings";
import classes from "./detail.module.css";

const SHOWN_FIRST = 8;
/** The metric that the verdicts go by, so the list says what the sentence says. */
const METRIC = "psi";

interface Row {
  feature: FeatureVerdict;
  drift: number | null;
  reason: string | null;
}

export function FeatureDrift({ evaluation }: { evaluation: Evaluation }) {
  const [all, setAll] = useState(false);
  const rows = sortByDrift(evaluation);
  if (rows.length === 0) return null;
  const drifted = rows.filter((row) => row.feature.drifted).length;
  return (
    <div>
      <Group justify="space-between" align="baseline">
        <Title order={3} size="h5">
          Features by drift
        </Title>
        <Text size="xs" c="dimmed">
          {drifted} of {rows.length} drifted
        </Text>
      </Group>
      <ol className={classes.features}>
        {rows.slice(0, all ? rows.length : SHOWN_FIRST).map((row) => (
          <Feature key={row.feature.name} row={row} />
        ))}
      </ol>
      {rows.length > SHOWN_FIRST && (
        <Button size="compact-xs" variant="subtle" onClick={() => setAll(!all)} aria-expanded={all} c="var(--mantine-color-anchor)">
          {all ? "Show fewer" : `Show all ${rows.length}`}
        </Button>
      )}
    </div>
  );
}

function Feature({ row: { feature, drift, reason } }: { row: Row }) {
  return (
    <li>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Group gap={6} wrap="nowrap" miw={0}>
          <Text size="sm" truncate>
            {feature.name}
          </Text>
          {feature.drifted && (
            <Badge size="xs" miw="max-content" color={feature.status === "ERROR" ? "red" : "yellow"}>
              drifted
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {drift === null ? `not computed: ${reason ?? "no reading"}` : `PSI ${formatNumber(drift)}`}
          {feature.importance != null && (
            <span title="Share of the model's importance"> · weight {formatShare(feature.importance)}</span>
          )}
        </Text>
      </Group>
      <div className={classes.track} aria-hidden="true">
        <div className={classes.bar} data-drifted={feature.drifted || undefined} style={{ width: `${100 * Math.min(drift ?? 0, 1)}%` }} />
      </div>
    </li>
  );
}

function sortByDrift({ features, readings }: Evaluation): Row[] {
  const rows = features.map((feature) => {
    const reading = findReading(readings, METRIC, feature.name);
    return { feature, drift: reading?.value ?? null, reason: reading?.not_computed ?? null };
  });
  return rows.sort((a, b) => (b.drift ?? -1) - (a.drift ?? -1));
}
