// Stored queries, each with its features, the answer of its last run, and what can be done with it.
import { Anchor, Button, Group, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { act } from "../../api/client";
import { useChange } from "../../api/flow-queries";
import type { StoredQuery } from "../../api/model";
import { readError, readPrediction } from "../../parts/node-answer";
import { Refusal } from "../../parts/refusal";
import { deploymentAddress } from "../../parts/serving-addresses";
import { Wide } from "../../parts/wide";
import classes from "./page.module.css";
import type { Outcome } from "./test-queries";

interface Props {
  queries: readonly StoredQuery[];
  outcomes: ReadonlyMap<string, Outcome>;
  /** null: nothing answers. */
  deployment: string | null;
  busy: boolean;
  onRun: (query: StoredQuery) => void;
}

export function QueryTable({ queries, outcomes, deployment, busy, onRun }: Props) {
  const remove = useChange((id: string) => act("delete", "/api/v1/test-queries/{query_id}", { path: { query_id: id } }));
  return (
    <>
      {remove.isError && <Refusal what="The query was not deleted" error={remove.error} />}
      <Wide label="Stored test queries">
        <Table miw={720}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Features</Table.Th>
              <Table.Th>Answer</Table.Th>
              <Table.Th ta="right">Round trip</Table.Th>
              <Table.Th className={classes.acts ?? ""}>
                <span>Acts</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {queries.map((query) => {
              const outcome = outcomes.get(query.id);
              return (
                <Table.Tr key={query.id}>
                  <Table.Td fw={600} className={classes.name ?? ""}>{query.name}</Table.Td>
                  <Table.Td className={classes.query ?? ""}>
                    <details>
                      <summary>{describeFeatures(query)}</summary>
                      <pre>{JSON.stringify(query.features, null, 2)}</pre>
                    </details>
                  </Table.Td>
                  <Table.Td aria-live="polite">{outcome === undefined ? "–" : outcome === null ? "waits …" : <Answered outcome={outcome} />}</Table.Td>
                  <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>{outcome && "elapsed_ms" in outcome ? `${outcome.elapsed_ms.toFixed(1)} ms` : "–"}</Table.Td>
                  <Table.Td>
                    <Group gap="xs" wrap="nowrap" justify="flex-end">
                      {deployment !== null && (
                        <>
                          <Button size="compact-xs" variant="default" disabled={busy} onClick={() => onRun(query)} aria-label={`Run ${query.name}`}>
                            Run
                          </Button>
                          <Anchor component={Link} size="sm" to={trialAddress(deployment, query)} aria-label={`Open ${query.name} in Run & Test`}>
                            Open
                          </Anchor>
                        </>
                      )}
                      <Button
                        size="compact-xs"
                        variant="default"
                        loading={remove.isPending && remove.variables === query.id}
                        onClick={() => remove.mutate(query.id)}
                        aria-label={`Delete ${query.name}`}
                      >
                        Delete
                      </Button>
                    </Group>
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Wide>
    </>
  );
}

function Answered({ outcome }: { outcome: NonNullable<Outcome> }) {
  if ("problem" in outcome) return <Text size="sm" c="var(--mantine-color-error)">{outcome.problem}</Text>;
  const prediction = readPrediction(outcome.answer);
  if (prediction === null) {
    const error = readError(outcome.answer);
    return (
      <Text size="sm" c="var(--mantine-color-error)">
        {`${outcome.status}: ${error?.message ?? "no prediction in the answer"}`}
      </Text>
    );
  }
  const probability = prediction.probabilities.find(([name]) => name === prediction.prediction)?.[1];
  return (
    <>
      <b>{prediction.prediction}</b>
      {probability !== undefined && ` (${(probability * 100).toFixed(1)} %)`}
    </>
  );
}

function trialAddress(deployment: string, { endpoint_id, features }: StoredQuery): string {
  return deploymentAddress(deployment, { tab: "test", endpoint: endpoint_id, query: JSON.stringify(features) });
}

function describeFeatures({ features }: StoredQuery): string {
  const entries = Object.entries(features).map(([name, value]) => `${name} ${value === null ? "missing" : String(value)}`);
  return entries.length === 0 ? "no feature" : entries.join(", ");
}
