// Two evaluations side by side: readings of the whole table, then the features whose drift differs most.
import { Anchor, Button, Group, Skeleton, Table, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import { useRevision } from "../../api/flow-queries";
import type { Evaluation } from "../../api/model";
import { Failure } from "../../parts/failure";
import { evaluationAddress } from "../../parts/flow-addresses";
import { findReading, formatNumber, formatValue, getMetricTitle, METRICS } from "../../parts/readings";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";
import { useChoice } from "./choice";
import classes from "./page.module.css";

const FEATURES_SHOWN = 10;
const METRIC = "psi";

export function Comparison({ ids }: { ids: readonly string[] }) {
  const { change } = useChoice();
  const first = useRevision(ids[0] ?? "", null);
  const second = useRevision(ids[1] ?? "", null);
  const failed = [first, second].find((one) => one.isError);
  return (
    <section className="card" aria-label="Comparison">
      <Group justify="space-between" mb="xs">
        <Title order={2}>Side by side</Title>
        <Button size="xs" variant="default" onClick={() => change({ compared: [] })}>
          Close the comparison
        </Button>
      </Group>
      {failed?.error ? (
        <Failure what="The evaluations could not be compared" error={failed.error} retry={() => void failed.refetch()} />
      ) : first.data && second.data ? (
        <Both pair={[first.data, second.data].sort((a, b) => a.window.localeCompare(b.window)) as [Evaluation, Evaluation]} />
      ) : (
        <Skeleton height={320} role="status" aria-label="Loading both evaluations" />
      )}
    </section>
  );
}

interface Line {
  key: string;
  title: string;
  values: [number | null, number | null];
  show: (value: number) => string;
}

function Both({ pair }: { pair: [Evaluation, Evaluation] }) {
  const readings = METRICS.flatMap((metric): Line[] => {
    const values = pair.map((one) => findReading(one.readings, metric.name)?.value ?? null) as Line["values"];
    if (values.every((value) => value === null)) return [];
    return [{ key: metric.name, title: metric.title, values, show: (value) => formatValue(value, getMetricTitle(metric.name)) }];
  });
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label="Both evaluations">
      <Table className={classes.table} verticalSpacing={6} horizontalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Reading</Table.Th>
            {pair.map((one) => (
              <Table.Th key={one.id} ta="right">
                <Anchor component={Link} to={evaluationAddress(one.id)} size="sm" fw={600}>
                  {describeWindow(one.window)}
                </Anchor>{" "}
                <StatusBadge status={one.status} size="sm" />
              </Table.Th>
            ))}
            <Table.Th ta="right">Change</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {readings.map((line) => (
            <Compared key={line.key} line={line} />
          ))}
          <Table.Tr>
            <Table.Th colSpan={4}>Features whose drift (PSI) differs most</Table.Th>
          </Table.Tr>
          {listFeatures(pair).map((line) => (
            <Compared key={line.key} line={line} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Compared({ line: { title, values, show } }: { line: Line }) {
  const [before, after] = values;
  const change = before === null || after === null ? null : after - before;
  return (
    <Table.Tr>
      <Table.Td>{title}</Table.Td>
      {values.map((value, index) => (
        <Table.Td key={index} ta="right">
          {value === null ? (
            <Text span size="sm" c="dimmed">
              not computed
            </Text>
          ) : (
            show(value)
          )}
        </Table.Td>
      ))}
      <Table.Td ta="right">{change === null ? "–" : `${change > 0 ? "+" : change < 0 ? "−" : ""}${show(Math.abs(change))}`}</Table.Td>
    </Table.Tr>
  );
}

function listFeatures(pair: [Evaluation, Evaluation]): Line[] {
  const names = new Set(pair.flatMap((one) => one.features.map((feature) => feature.name)));
  const lines = [...names].map((name): Line => {
    const values = pair.map((one) => findReading(one.readings, METRIC, name)?.value ?? null) as Line["values"];
    return { key: `feature ${name}`, title: name, values, show: formatNumber };
  });
  const distance = ({ values: [before, after] }: Line) => (before === null || after === null ? -1 : Math.abs(after - before));
  return lines.sort((a, b) => distance(b) - distance(a)).slice(0, FEATURES_SHOWN);
}
