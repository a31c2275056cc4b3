// Configure: what it will make, each part in a sentence, then one click that makes it.
import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { act } from "../../api/client";
import type { Monitoring } from "../../api/model";
import { Refusal } from "../../parts/refusal";
import classes from "./page.module.css";

const OPEN = "configure";

export function Configure({ monitoring }: { monitoring: Monitoring }) {
  const [parameters] = useSearchParams();
  const { deployment_id, endpoint_id } = monitoring;
  const open = parameters.get(OPEN) === deployment_id;
  if (open) return <Plan monitoring={monitoring} />;
  return (
    <Group gap="sm">
      <Button component={Link} to={`?${new URLSearchParams({ endpoint: endpoint_id, [OPEN]: deployment_id })}`} preventScrollReset>
        Configure
      </Button>
      <Text size="sm" c="dimmed" flex={1}>
        Not monitored yet. You see what will be made before anything is.
      </Text>
    </Group>
  );
}

function Plan({ monitoring }: { monitoring: Monitoring }) {
  const { deployment_id, endpoint_id, model, log_path } = monitoring;
  const queries = useQueryClient();
  const configure = useMutation({
    mutationFn: () =>
      act("post", "/api/v1/deployments/{deployment_id}/endpoints/{endpoint_id}/actions/configure-monitoring", {
        path: { deployment_id, endpoint_id },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["monitoring", deployment_id, endpoint_id] }),
  });
  const parts: readonly (readonly [string, string | null, string])[] = [
    ["Zone", monitoring.zone, "in the project's Flow, for this deployment alone"],
    ["Log dataset", monitoring.dataset, `reads ${log_path}, a partition a day`],
    ["Evaluate recipe", monitoring.recipe, `compares a window of the log with the reference of ${model}, the version active at each run`],
    ["Model evaluation store", monitoring.store, "keeps an evaluation for each window, with its verdict"],
  ];
  return (
    <Stack gap="sm" component="section" aria-label={`What Configure makes for ${deployment_id}`}>
      <Text fw={600} size="sm">
        One click makes
      </Text>
      <dl className={classes.parts}>
        {parts.map(([title, existing, text]) => (
          <div key={title} style={{ display: "contents" }}>
            <dt>{title}</dt>
            <dd>{existing === null ? text : `stays as it is: ${existing}`}</dd>
          </div>
        ))}
      </dl>
      {configure.isError && <Refusal what="Nothing was made" error={configure.error} />}
      <Group gap="sm">
        <Button loading={configure.isPending} onClick={() => configure.mutate()}>
          Make it
        </Button>
        <Button component={Link} variant="default" to={`?${new URLSearchParams({ endpoint: endpoint_id })}`} preventScrollReset>
          Not now
        </Button>
      </Group>
    </Stack>
  );
}
