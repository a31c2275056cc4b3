// Readings without a value, by reason.
import { Text, Title } from "@mantine/core";
import type { Reading } from "../../api/model";
import { getMetricTitle } from "../../parts/readings";
import classes from "./detail.module.css";

export function NotComputed({ readings }: { readings: readonly Reading[] }) {
  const reasons = groupByReason(readings);
  if (reasons.size === 0) return null;
  return (
    <div>
      <Title order={3} size="h5">
        Not computed
      </Title>
      <ul className={classes.reasons}>
        {[...reasons].map(([reason, names]) => (
          <li key={reason}>
            <Text size="sm">{reason}</Text>
            <Text size="xs" c="dimmed">
              {[...names].join(", ")}
            </Text>
          </li>
        ))}
      </ul>
    </div>
  );
}

function groupByReason(readings: readonly Reading[]): Map<string, Set<string>> {
  const reasons = new Map<string, Set<string>>();
  for (const { metric, column, not_computed: reason } of readings) {
    if (reason == null) continue;
    const title = getMetricTitle(metric).title;
    const names = reasons.get(reason) ?? new Set();
    reasons.set(reason, names.add(column == null ? title : `${column} (${title})`));
  }
  return reasons;
}
