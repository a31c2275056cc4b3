// The first run of what Configure has made: on the month that the log ends with, at one click, followed to its evaluation.
import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useSearchParams } from "react-router";
import { runRecipe, useChange } from "../../api/flow-queries";
import type { Monitoring } from "../../api/model";
import { JobProgress } from "../../parts/job-progress";
import { Refusal } from "../../parts/refusal";
import { describeWindow } from "../../parts/window-text";

const [RAN, JOB] = ["ran", "job"];

export function FirstRun({ monitoring }: { monitoring: Monitoring }) {
  const { project, recipe, deployment_id, endpoint_id, log_last_day: last, latest } = monitoring;
  const [parameters, setParameters] = useSearchParams();
  const window = last === null ? null : findMonth(last);
  const run = useChange(
    () => runRecipe(project, recipe ?? "", window ?? ""),
    (job) => setParameters({ endpoint: endpoint_id, [RAN]: deployment_id, [JOB]: job.id }, { replace: true, preventScrollReset: true }),
  );
  const job = parameters.get(RAN) === deployment_id ? parameters.get(JOB) : null;
  if (job !== null) return <JobProgress id={job} />;
  if (latest !== null || recipe === null) return null;
  if (window === null) {
    return (
      <Text size="sm" c="dimmed">
        The log has no rows yet: ask the endpoint first, then run the recipe.
      </Text>
    );
  }
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={run.isPending} onClick={() => run.mutate(undefined)}>
          Run now
        </Button>
        <Text size="sm" c="dimmed" flex={1}>
          On {describeWindow(window)}, the latest month with logged queries.
        </Text>
      </Group>
      {run.isError && <Refusal what="The run could not be started" error={run.error} />}
    </Stack>
  );
}

function findMonth(day: string): string {
  const month = `${day.slice(0, 7)}-01`;
  const next = new Date(`${month}T00:00:00Z`);
  next.setUTCMonth(next.getUTCMonth() + 1);
  return `${month}/${next.toISOString().slice(0, 10)}`;
}
