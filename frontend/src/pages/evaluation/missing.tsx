// Readings without a value, by reason.
import { Text, Title } from "@mantine/core";
import type { Reading } from "../../api/model";
import { getMetricTitle } from "../../parts/readings";
import classes from "./page.module.css";

export function Missing({ readings }: { readings: readonly Reading[] }) {
  const reasons = new Map<string, string[]>();
  for (const { metric, column, not_computed: reason } of readings) {
    if (reason == null) continue;
    const title = getMetricTitle(metric).title;
    reasons.set(reason, [...(reasons.get(reason) ?? []), column == null ? title : `${column} (${title})`]);
  }
  if (reasons.size === 0) return null;
  return (
    <section className="card" aria-label="Not computed">
      <Title order={2}>Not computed</Title>
      <ul className={classes.list}>
        {[...reasons].map(([reason, names]) => (
          <li key={reason}>
            <Text size="sm">{reason}</Text>
            <Text size="xs" c="dimmed">
              {names.join(", ")}
            </Text>
          </li>
        ))}
      </ul>
    </section>
  );
}
