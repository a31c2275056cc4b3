// Test queries that are kept with the endpoint: run one or all of them against a deployment, add, generate, delete.
import { Anchor, Button, Group, NativeSelect, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { Link, useHref, useSearchParams } from "react-router";
import { act, ProblemError } from "../../api/client";
import type { Deployment, Endpoint, Service, StoredQuery } from "../../api/model";
import { useStoredQueries } from "../../api/serving";
import { Failure } from "../../parts/failure";
import { NewQueries } from "./new-queries";
import { QueryTable } from "./query-table";

/** What a query got; null while it is on its way. */
export type Outcome = Awaited<ReturnType<typeof runQuery>> | { problem: string } | null;

const [ON, NEW] = ["on", "new"];

interface Props {
  service: Service;
  endpoint: Endpoint;
  deployments: readonly Deployment[];
}

export function TestQueries({ service, endpoint, deployments }: Props) {
  const { project, service_id } = service;
  const { endpoint_id } = endpoint;
  const stored = useStoredQueries(project, service_id, endpoint_id);
  const [parameters, setParameters] = useSearchParams();
  const versions = useHref({ search: parameters.toString(), hash: "versions" });
  const link = (name: string, value: string | null) => `?${change(parameters, name, value)}`;
  const here = deployments.filter((one) => one.endpoints.some((deployed) => deployed.endpoint_id === endpoint_id));
  const chosen = here.find((one) => one.deployment_id === parameters.get(ON)) ?? here[0];
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const [running, setRunning] = useState(false);
  const run = async (queries: readonly StoredQuery[]) => {
    if (!chosen) return;
    setRunning(true);
    setOutcomes((now) => new Map([...now, ...queries.map(({ id }) => [id, null] as const)]));
    for (const query of queries) {
      const outcome = await runQuery(chosen.deployment_id, query).catch(explain);
      setOutcomes((now) => new Map([...now, [query.id, outcome]]));
    }
    setRunning(false);
  };
  const items = stored.data?.items ?? [];
  const open = parameters.get(NEW) === "query";
  return (
    <section className="card" aria-labelledby="test-queries">
      <Stack gap="sm">
        <Group justify="space-between" align="end" gap="sm">
          <div>
            <Title order={2} id="test-queries">
              Test queries of {endpoint_id}
            </Title>
            <Text size="sm" c="dimmed">
              Kept with the endpoint. Each run is a real query, logged like any other.
            </Text>
          </div>
          <Group gap="sm" align="end">
            {items.length > 0 && chosen && (
              <>
                {here.length > 1 && (
                  <NativeSelect
                    size="xs"
                    label="Run on"
                    data={here.map((one) => one.deployment_id)}
                    value={chosen.deployment_id}
                    onChange={(event) => {
                      setOutcomes(new Map());
                      setParameters(change(parameters, ON, event.currentTarget.value), { replace: true, preventScrollReset: true });
                    }}
                  />
                )}
                <Button size="xs" loading={running} onClick={() => void run(items)}>
                  {here.length > 1 ? "Run all" : `Run all on ${chosen.deployment_id}`}
                </Button>
              </>
            )}
            {!open && items.length > 0 && (
              <Button component={Link} to={link(NEW, "query")} preventScrollReset variant="default" size="xs">
                Add
              </Button>
            )}
          </Group>
        </Group>
        {stored.isError ? (
          <Failure what="The test queries could not be listed" error={stored.error} retry={() => void stored.refetch()} />
        ) : !stored.data ? (
          <Skeleton height={90} role="status" aria-label="Loading the test queries" />
        ) : (
          <>
            {items.length === 0 && <Text size="sm">There is none yet. Take some from rows of the model&apos;s reference, or write one.</Text>}
            {(open || items.length === 0) && (
              <NewQueries place={{ project, service_id, endpoint_id }} endpoint={endpoint} cancel={items.length > 0 ? link(NEW, null) : null} />
            )}
            {items.length > 0 && !chosen && (
              <Text size="sm">
                The endpoint is not deployed, so nothing can answer them yet.{" "}
                <Anchor href={versions} size="sm">
                  Deploy a version
                </Anchor>
              </Text>
            )}
            {items.length > 0 && (
              <QueryTable
                queries={items}
                outcomes={outcomes}
                deployment={chosen?.deployment_id ?? null}
                busy={running}
                onRun={(query) => void run([query])}
              />
            )}
          </>
        )}
      </Stack>
    </section>
  );
}

function runQuery(deployment_id: string, { endpoint_id, features }: StoredQuery) {
  return act("post", "/api/v1/deployments/{deployment_id}/actions/query", { path: { deployment_id }, body: { endpoint_id, features } });
}

function explain(error: unknown): { problem: string } {
  return { problem: error instanceof ProblemError ? error.message : String(error) };
}

function change(parameters: URLSearchParams, name: string, value: string | null): URLSearchParams {
  const next = new URLSearchParams(parameters);
  if (value === null) next.delete(name);
  else next.set(name, value);
  return next;
}
