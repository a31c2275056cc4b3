// The checks that watch a store: the rule in words and what it found last.
import { Group, Text, Title } from "@mantine/core";
import type { Check } from "../../api/flow-queries";
import { StatusBadge } from "../../parts/status-badge";
import classes from "./page.module.css";

export function StoreChecks({ checks }: { checks: readonly Check[] }) {
  if (checks.length === 0) return null;
  return (
    <section className="card" aria-label="Checks">
      <Title order={2}>Checks</Title>
      <ul className={classes.list}>
        {checks.map((check) => (
          <li key={check.id}>
            <Group gap="xs" justify="space-between" wrap="nowrap">
              <Text size="sm" fw={600}>
                {check.name}
                {!check.enabled && (
                  <Text span size="sm" c="dimmed">
                    {" "}
                    (off)
                  </Text>
                )}
              </Text>
              {check.latest && <StatusBadge status={check.latest.outcome} />}
            </Group>
            <Text size="sm">{check.rule}</Text>
            {check.latest && (
              <Text size="sm" c="dimmed">
                {check.latest.sentence}
              </Text>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
