// One evaluation whole: its verdict, tiles, checks, features, predictions, performance, what is missing, and its origin.
import { Alert, Anchor, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconFileDownload } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { buildAddress, ProblemError } from "../../api/client";
import { useEvaluationChecks, useRevision } from "../../api/flow-queries";
import type { Evaluation, Status } from "../../api/model";
import { Failure } from "../../parts/failure";
import { flowAddress, recipeAddress, storeAddress } from "../../parts/flow-addresses";
import { formatCount } from "../../parts/readings";
import { StatusBadge } from "../../parts/status-badge";
import { Trail } from "../../parts/trail";
import { describeWindow } from "../../parts/window-text";
import { useChoice } from "./choice";
import { FeatureTable } from "./feature-table";
import { Missing } from "./missing";
import { Origin } from "./origin";
import classes from "./page.module.css";
import { describeReference } from "./reference";
import { Performance } from "./performance";
import { PredictionDrift } from "./prediction-drift";
import { Tiles } from "./tiles";

const WORST_FIRST = ["ERROR", "WARNING", "OK", "EMPTY"] as const satisfies readonly Status[];

export function EvaluationPage() {
  const { evaluation: id = "" } = useParams();
  const { choice } = useChoice();
  const evaluation = useRevision(id, choice.revision);
  if (evaluation.isPending) {
    return (
      <Stack className={classes.page} role="status" aria-label="Loading the evaluation">
        <title>Evaluation · Wakeline</title>
        <Skeleton height={96} />
        <Skeleton height={96} />
        <Skeleton height={480} />
      </Stack>
    );
  }
  if (evaluation.isError) {
    const gone = evaluation.error instanceof ProblemError && evaluation.error.status === 404;
    return (
      <Stack className={classes.page} gap="md">
        <title>Evaluation · Wakeline</title>
        <Title order={1}>{gone ? "There is no such evaluation" : "Evaluation"}</Title>
        <Failure what="The evaluation could not be shown" error={evaluation.error} retry={() => void evaluation.refetch()} />
        <Anchor component={Link} to="/evaluations">
          Go to the evaluations
        </Anchor>
      </Stack>
    );
  }
  return <Content evaluation={evaluation.data} />;
}

function Content({ evaluation }: { evaluation: Evaluation }) {
  const { project, store, window, status, sentence, revision, revisions } = evaluation;
  const { link } = useChoice();
  const latest = revisions[0]?.revision ?? revision;
  return (
    <Stack gap="md" className={classes.page}>
      <title>{`${describeWindow(window)} · ${store} · Wakeline`}</title>
      <div>
        <Trail
          steps={[
            { title: project, to: flowAddress(project) },
            { title: store, to: storeAddress(project, store) },
          ]}
        />
        <Group gap="sm" mt={4} justify="space-between">
          <Group gap="sm">
            <Title order={1}>{describeWindow(window)}</Title>
            <Verdict title="Drift verdict" status={status} />
            <ChecksVerdict id={evaluation.id} revision={revision} />
          </Group>
          <Button
            component="a"
            href={buildAddress("/api/v1/evaluations/{evaluation_id}/report", { path: { evaluation_id: evaluation.id }, query: { revision } })}
            download
            variant="default"
            size="xs"
            leftSection={<IconFileDownload size={16} aria-hidden />}
          >
            Share as a file
          </Button>
        </Group>
        <Text mt={6} className={classes.sentence}>
          {sentence}
        </Text>
        <Text c="dimmed" size="sm" mt={6}>
          {formatCount(evaluation.row_count)} rows evaluated by{" "}
          <Anchor component={Link} to={recipeAddress(project, evaluation.recipe)} size="sm" td="underline">
            {evaluation.recipe}
          </Anchor>{" "}
          ({evaluation.model} {evaluation.model_version}; queries that were not answered are left out) against {formatCount(evaluation.reference_row_count)} of {describeReference(evaluation)}
        </Text>
      </div>
      {revision !== latest && (
        <Alert color="yellow" title={`This is revision ${revision} of ${latest}`}>
          Labels or rows came later.{" "}
          <Anchor component={Link} to={link({ revision: null })} size="sm" td="underline">
            Show the latest
          </Anchor>
        </Alert>
      )}
      <Tiles evaluation={evaluation} />
      <div className={classes.columns}>
        <Stack gap="md">
          <FeatureTable evaluation={evaluation} />
          <PredictionDrift evaluation={evaluation} />
        </Stack>
        <Stack gap="md">
          <Checks id={evaluation.id} revision={revision} />
          <Performance evaluation={evaluation} />
          <Missing readings={evaluation.readings} />
          <Origin evaluation={evaluation} />
        </Stack>
      </div>
    </Stack>
  );
}

function Verdict({ title, status }: { title: string; status: Status }) {
  return (
    <Group gap={6} wrap="nowrap">
      <Text size="sm" c="dimmed">
        {title}
      </Text>
      <StatusBadge status={status} size="lg" />
    </Group>
  );
}

/** The worst of the checks that are on. */
function ChecksVerdict({ id, revision }: { id: string; revision: number }) {
  const checks = useEvaluationChecks(id, revision);
  const found = (checks.data?.items ?? []).filter(({ enabled }) => enabled).map(({ outcome }) => outcome);
  const worst = WORST_FIRST.find((status) => found.includes(status));
  return worst ? <Verdict title="Checks" status={worst} /> : null;
}

function Checks({ id, revision }: { id: string; revision: number }) {
  const checks = useEvaluationChecks(id, revision);
  if (checks.isError) return <Failure what="The checks could not be listed" error={checks.error} retry={() => void checks.refetch()} />;
  if (!checks.data || checks.data.items.length === 0) return null;
  return (
    <section className="card" aria-label="Checks">
      <Title order={2}>Checks</Title>
      <ul className={classes.list}>
        {checks.data.items.map((check) => (
          <li key={check.check_id}>
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
              {check.enabled && <StatusBadge status={check.outcome} />}
            </Group>
            <Text size="sm">{check.sentence}</Text>
            <Text size="xs" c="dimmed">
              {check.rule}.
            </Text>
          </li>
        ))}
      </ul>
    </section>
  );
}
