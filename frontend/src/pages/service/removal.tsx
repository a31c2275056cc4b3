// Takes the monitoring away: what will go is named before, what went and what stays is named after.
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { act } from "../../api/client";
import type { Monitoring } from "../../api/model";
import { Refusal } from "../../parts/refusal";

export type Removed = Awaited<ReturnType<typeof removeMonitoring>>;

interface Props {
  monitoring: Monitoring;
  onRemoved: (removed: Removed) => void;
}

export function Removal({ monitoring, onRemoved }: Props) {
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeMonitoring(monitoring),
    onSuccess: async (removed) => {
      await queries.invalidateQueries({ queryKey: ["monitoring"] });
      setAsked(false);
      onRemoved(removed);
    },
  });
  if (!asked) {
    return (
      <Group>
        <Button variant="default" size="xs" onClick={() => setAsked(true)}>
          Remove the monitoring
        </Button>
      </Group>
    );
  }
  return (
    <Stack gap="xs" role="group" aria-label="Remove the monitoring">
      <Text size="sm">{describeLoss(monitoring)}</Text>
      {remove.isError && <Refusal what="Nothing was removed" error={remove.error} />}
      <Group gap="sm">
        <Button color="red" size="xs" loading={remove.isPending} onClick={() => remove.mutate()}>
          Remove it
        </Button>
        <Button variant="default" size="xs" onClick={() => setAsked(false)}>
          Keep it
        </Button>
      </Group>
    </Stack>
  );
}

/** `monitoring`: as it is afterwards, since another recipe may watch the same log. */
export function Gone({ removed, monitoring }: { removed: Removed; monitoring: Monitoring | undefined }) {
  const names = removed.removed.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  return (
    <Alert color="teal" role="status">
      <Stack gap={4}>
        <Text size="sm">{`Removed: ${names || "nothing"}. Logs and labels stay.`}</Text>
        {removed.kept.map(({ kind, name, reason }) => (
          <Text key={`${kind} ${name}`} size="sm">{`The ${kind} ${name} stays: ${reason}.`}</Text>
        ))}
        {monitoring?.configured && monitoring.recipe !== null && (
          <Text size="sm">{`The recipe ${monitoring.recipe} also watches this endpoint; it is shown below.`}</Text>
        )}
      </Stack>
    </Alert>
  );
}

function removeMonitoring({ deployment_id, endpoint_id }: Monitoring) {
  return act("post", "/api/v1/deployments/{deployment_id}/endpoints/{endpoint_id}/actions/remove-monitoring", {
    path: { deployment_id, endpoint_id },
  });
}

function describeLoss({ recipe, store, dataset, zone, checks, alerts, evaluation_count: count }: Monitoring): string {
  const parts = [
    recipe !== null && `the recipe ${recipe} with its schedule`,
    store !== null &&
      `the store ${store} with ${number(count, "evaluation")}, ${number(checks.length, "check")} and ${number(alerts.length, "alert")}`,
    dataset !== null && `the dataset ${dataset}`,
    zone !== null && `the zone ${zone}`,
  ].filter((part) => part !== false);
  return `Takes away ${parts.join("; ")}. What something else needs stays, and so do logs and labels.`;
}

function number(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
