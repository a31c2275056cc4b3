// A model evaluation store: a metric over the windows with the checks' bounds, its evaluations, and two side by side.
import { Anchor, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useCallback } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useChecks, useStore } from "../../api/flow-queries";
import type { EvaluationSummary, Store } from "../../api/model";
import { useEvaluations } from "../../api/queries";
import { Failure } from "../../parts/failure";
import { evaluationAddress, flowAddress, recipeAddress } from "../../parts/flow-addresses";
import { StatusBadge } from "../../parts/status-badge";
import { Timeline } from "../../parts/timeline";
import { Trail } from "../../parts/trail";
import { Unknown } from "../../parts/unknown";
import { COMPARED_MAX, useChoice } from "./choice";
import { Comparison } from "./comparison";
import { EvaluationTable } from "./evaluation-table";
import classes from "./page.module.css";
import { StatusSentence } from "./status-sentence";
import { StoreAlerts } from "./store-alerts";
import { StoreChecks } from "./store-checks";
import { listThresholds } from "./thresholds";

export function StorePage() {
  const { project = "", name = "" } = useParams();
  const store = useStore(project, name);
  if (store.isError || store.data === null) {
    return (
      <Stack className={classes.page}>
        <title>{`${name} · Store · Wakeline`}</title>
        <Unknown what={`store ${name}`} error={store.error} retry={() => void store.refetch()} to={flowAddress(project)} toWords={`See the Flow of ${project}`} />
      </Stack>
    );
  }
  return (
    <Stack gap="md" className={classes.page}>
      <title>{`${name} · Store · Wakeline`}</title>
      <div>
        <Trail steps={[{ title: project, to: flowAddress(project) }]} />
        <Group gap="sm" mt={4}>
          <Title order={1} className={classes.name}>
            {name}
          </Title>
          {store.data?.status && <StatusBadge status={store.data.status} size="lg" />}
        </Group>
        <Text c="dimmed" size="sm">
          Model evaluation store
        </Text>
      </div>
      {store.isPending ? (
        <Loading />
      ) : (
        <Content store={store.data} />
      )}
    </Stack>
  );
}

function Content({ store }: { store: Store }) {
  const evaluations = useEvaluations(store);
  const checks = useChecks(store.project, store.name);
  const { choice, change } = useChoice();
  const navigate = useNavigate();
  const found = checks.data?.items;
  const thresholds = useCallback(
    (rows: readonly EvaluationSummary[], metric: string) => listThresholds(found ?? [], metric, rows),
    [found],
  );
  if (evaluations.isPending) return <Loading />;
  if (evaluations.isError) {
    const retry = () => void evaluations.refetch();
    return <Failure what="The evaluations could not be listed" error={evaluations.error} retry={retry} />;
  }
  const rows = evaluations.data.pages.flatMap((page) => page.items);
  const watching = checks.isError ? (
    <Failure what="The checks could not be listed" error={checks.error} retry={() => void checks.refetch()} />
  ) : found ? (
    <StoreChecks project={store.project} store={store.name} checks={found} />
  ) : (
    <Skeleton height={120} role="status" aria-label="Loading the checks" />
  );
  if (rows.length === 0) {
    return (
      <>
        <Empty store={store} />
        {watching}
        <StoreAlerts project={store.project} store={store.name} />
      </>
    );
  }
  return (
    <>
      {found && <StatusSentence store={store} checks={found} />}
      {store.latest && (
        <Text component="div" className={classes.sentence}>
          <Anchor component={Link} to={evaluationAddress(store.latest.id)} td="underline">
            The latest
          </Anchor>
          : {store.latest.sentence}
          {" "}
          <StatusBadge status={store.latest.status} size="sm" />
        </Text>
      )}
      <Timeline
        rows={rows}
        chosen={choice.compared[0]}
        name={choice.metric}
        onMetric={(metric) => change({ metric })}
        onSelect={(row) => void navigate(evaluationAddress(row.id))}
        thresholds={thresholds}
      />
      {choice.compared.length === COMPARED_MAX && <Comparison ids={choice.compared} />}
      <EvaluationTable rows={rows} />
      {evaluations.hasNextPage && (
        <Button variant="default" loading={evaluations.isFetchingNextPage} onClick={() => void evaluations.fetchNextPage()}>
          Show older ones
        </Button>
      )}
      {watching}
      <StoreAlerts project={store.project} store={store.name} />
    </>
  );
}

function Empty({ store }: { store: Store }) {
  const [recipe] = store.recipes;
  return (
    <section className="card">
      <Stack gap="sm" align="start">
        <Title order={2}>The store holds no evaluation yet</Title>
        {recipe === undefined ? (
          <>
            <Text size="sm">No recipe writes to it. Make one from a log and a model:</Text>
            <Button component={Link} to={`${flowAddress(store.project)}?new=recipe&item=${encodeURIComponent(`store:${store.name}`)}`}>
              New recipe
            </Button>
          </>
        ) : (
          <>
            <Text size="sm">A run of {recipe} writes the first one.</Text>
            <Button component={Link} to={recipeAddress(store.project, recipe)}>
              Run the recipe
            </Button>
          </>
        )}
      </Stack>
    </section>
  );
}

function Loading() {
  return (
    <Stack gap="md" role="status" aria-label="Loading the store">
      <Skeleton height={400} />
      <Skeleton height={320} />
    </Stack>
  );
}
