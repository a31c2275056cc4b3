// A job as it goes: how far, what it says, how to stop it, and where its result stands.
import { Badge, Button, Code, Group, Progress, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { cancelJob, hasEnded, type Job, useChange, useJob } from "../api/flow-queries";
import { evaluationAddress } from "./flow-addresses";
import { Failure } from "./failure";
import { describeWindow } from "./window-text";

const COLOURS = { queued: "gray", running: "blue", done: "teal", failed: "red", cancelled: "gray" } as const;

export function JobProgress({ id }: { id: string }) {
  const job = useJob(id);
  if (job.isPending) return <Text size="sm" role="status">Asking how far the run is …</Text>;
  if (job.isError) return <Failure what="The run could not be followed" error={job.error} retry={() => void job.refetch()} />;
  return <Shown job={job.data} />;
}

export function JobState({ state }: { state: Job["state"] }) {
  return (
    <Badge color={COLOURS[state]} miw="max-content">
      {state}
    </Badge>
  );
}

function Shown({ job }: { job: Job }) {
  const cancel = useChange(cancelJob);
  const percent = Math.round(job.progress * 100);
  const evaluation = job.state === "done" ? job.result?.["evaluation_id"] : null;
  return (
    <Stack gap="xs" role="status" aria-label="Progress of the run">
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600} size="sm">
          {describeRun(job)}
        </Text>
        <JobState state={job.state} />
      </Group>
      {!hasEnded(job) && <Progress value={percent} aria-label={`${percent} percent done`} />}
      <Text size="sm">{job.error ? job.error.detail : job.message || "Waits for its turn"}</Text>
      <Group gap="sm">
        {typeof evaluation === "string" && (
          <Button component={Link} to={evaluationAddress(evaluation)} size="xs">
            Open the evaluation
          </Button>
        )}
        {!hasEnded(job) && (
          <Button
            size="xs"
            variant="default"
            disabled={job.cancel_requested || cancel.isPending}
            onClick={() => cancel.mutate(job.id)}
          >
            {job.cancel_requested ? "Ends at its next step" : "Cancel"}
          </Button>
        )}
      </Group>
      {cancel.isError && <Failure what="The run could not be cancelled" error={cancel.error} retry={() => cancel.mutate(job.id)} />}
      {job.log.length > 0 && (
        <details>
          <Text component="summary" size="xs" c="dimmed">
            Log, {job.log.length} {job.log.length === 1 ? "line" : "lines"}
          </Text>
          <Code block tabIndex={0} mah={200} fz="xs">
            {job.log.map((line) => `${line.at.slice(11, 19)}  ${line.text}`).join("\n")}
          </Code>
        </details>
      )}
    </Stack>
  );
}

function describeRun({ arguments: found }: Job): string {
  const window = found["window"];
  return typeof window === "string" ? describeWindow(window) : "Run";
}
