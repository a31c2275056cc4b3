// Who is told, with a test of it.
import { Button, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { act } from "../../api/client";
import type { AlertOf } from "../../api/model";

export function Told({ alert }: { alert: AlertOf }) {
  const queries = useQueryClient();
  const test = useMutation({
    mutationFn: () => act("post", "/api/v1/alerts/{alert_id}/actions/test", { path: { alert_id: alert.id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["monitoring"] }),
  });
  const { target } = alert;
  return (
    <Group gap="sm">
      <span>{target.kind === "webhook" ? target.url : target.recipients.join(", ")}</span>
      <Button variant="default" size="compact-xs" loading={test.isPending} onClick={() => test.mutate()}>
        Test
      </Button>
      <Text size="sm" role="status">
        {test.isError ? test.error.message : test.data ? describe(test.data) : ""}
      </Text>
    </Group>
  );
}

function describe(delivery: { state: string; last_error?: string | null }): string {
  return delivery.last_error ? `${delivery.state}: ${delivery.last_error}` : delivery.state;
}
