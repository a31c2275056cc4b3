// A store's evaluations and their verdicts: chart over the windows, and a list that leads to each.
import { Anchor, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { Store } from "../../api/model";
import { useEvaluations, useStores } from "../../api/queries";
import { Link, useNavigate } from "react-router";
import { Failure } from "../../parts/failure";
import { evaluationAddress, storeAddress } from "../../parts/flow-addresses";
import { Timeline } from "../../parts/timeline";
import { pickStore, useChoice } from "./choice";
import { EvaluationList } from "./evaluation-list";
import { EmptyStore, FirstSteps, GoneStore } from "./first-steps";
import classes from "./page.module.css";
import { StoreSelect } from "./store-select";

export function EvaluationsPage() {
  const stores = useStores();
  const { choice } = useChoice();
  if (stores.isPending) return <Frame>{<Loading />}</Frame>;
  if (stores.isError) {
    return (
      <Frame>
        <Failure what="The stores could not be listed" error={stores.error} retry={() => void stores.refetch()} />
      </Frame>
    );
  }
  const { items } = stores.data;
  const store = pickStore(items, choice);
  return (
    <Frame select={items.length > 0 && <StoreSelect stores={items} chosen={store} />} store={store}>
      {items.length === 0 ? <FirstSteps /> : store ? <StoreView store={store} /> : <GoneStore />}
    </Frame>
  );
}

function Frame({ select, store, children }: { select?: ReactNode; store?: Store | undefined; children: ReactNode }) {
  return (
    <Stack gap="md" className={classes.page}>
      <title>{store ? `${store.name} · Evaluations · Wakeline` : "Evaluations · Wakeline"}</title>
      <Group justify="space-between" align="end" gap="sm">
        <div>
          <Title order={1}>Evaluations</Title>
          <Text c="dimmed" size="sm">
            Each compares a window of the log with what the model saw on its reference.{" "}
            {store && (
              <Anchor component={Link} to={storeAddress(store.project, store.name)} size="sm" td="underline">
                Checks and comparisons of this store
              </Anchor>
            )}
          </Text>
        </div>
        {select}
      </Group>
      {children}
    </Stack>
  );
}

function StoreView({ store }: { store: Store }) {
  const evaluations = useEvaluations(store);
  const { choice, choose } = useChoice();
  const navigate = useNavigate();
  if (evaluations.isPending) return <Loading />;
  if (evaluations.isError) {
    const retry = () => void evaluations.refetch();
    return <Failure what="The evaluations could not be listed" error={evaluations.error} retry={retry} />;
  }
  const rows = evaluations.data.pages.flatMap((page) => page.items);
  if (rows.length === 0) return <EmptyStore store={store} />;
  return (
    <>
      <Timeline
        rows={rows}
        chosen={undefined}
        name={choice.metric}
        onMetric={(metric) => choose({ metric })}
        onSelect={(row) => void navigate(evaluationAddress(row.id))}
      />
      <EvaluationList rows={rows} />
      {evaluations.hasNextPage && (
        <Button variant="default" loading={evaluations.isFetchingNextPage} onClick={() => void evaluations.fetchNextPage()}>
          Show older ones
        </Button>
      )}
    </>
  );
}

function Loading() {
  return (
    <Stack gap="md" role="status" aria-label="Loading the evaluations">
      <Skeleton height={400} />
      <Skeleton height={320} />
    </Stack>
  );
}
