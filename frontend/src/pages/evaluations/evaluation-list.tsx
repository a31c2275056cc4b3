// The evaluations as a table, or as cards where there is no room for one. Each row is a link.
import { Anchor, Group, Stack, Table, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Link } from "react-router";
import type { EvaluationSummary } from "../../api/model";
import { evaluationAddress } from "../../parts/flow-addresses";
import { findReading, formatCount, formatValue, getMetricTitle, isOfTask, PERFORMANCE } from "../../parts/readings";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";
import classes from "./evaluation-list.module.css";

const ALWAYS = ["domain_classifier_auc", "drifted_share"] as const;
const OF_TASK_MAX = 2;

/** The first two metrics of the models' task, and what needs no labels. */
function pickColumns(rows: readonly EvaluationSummary[]): string[] {
  const ofTask = PERFORMANCE.filter(({ name }) =>
    rows.some((row) => {
      const reading = findReading(row.readings, name);
      return reading !== undefined && isOfTask(reading);
    }),
  );
  return [...ofTask.slice(0, OF_TASK_MAX).map(({ name }) => name), ...ALWAYS];
}

interface Props {
  rows: readonly EvaluationSummary[];
}

interface Columned {
  columns: readonly string[];
}

export function EvaluationList({ rows }: Props) {
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const columns = pickColumns(rows);
  return narrow ? <Cards rows={rows} columns={columns} /> : <Wide rows={rows} columns={columns} />;
}

function Wide({ rows, columns }: Props & Columned) {
  return (
    <section className={`card ${classes.scroll}`} tabIndex={0} aria-label="Evaluations of the store">
      <Table verticalSpacing={8} horizontalSpacing="sm" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Window</Table.Th>
            <Table.Th>Status</Table.Th>
            {columns.map((name) => (
              <Table.Th key={name} ta="right">
                {getMetricTitle(name).short}
              </Table.Th>
            ))}
            <Table.Th ta="right">Rows</Table.Th>
            <Table.Th className={classes.sentence}>Verdict</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} columns={columns} />
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Row({ row, columns }: { row: EvaluationSummary } & Columned) {
  return (
    <Table.Tr className={classes.row}>
      <Table.Td>
        <RowLink row={row} />
      </Table.Td>
      <Table.Td>
        <StatusBadge status={row.status} />
      </Table.Td>
      {columns.map((name) => (
        <Table.Td key={name} ta="right">
          <Value row={row} metric={name} />
        </Table.Td>
      ))}
      <Table.Td ta="right">{formatCount(row.row_count)}</Table.Td>
      <Table.Td className={classes.sentence}>
        <Text size="sm" c="dimmed" lineClamp={3} title={row.sentence}>
          {row.sentence}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

function Cards({ rows, columns }: Props & Columned) {
  return (
    <Stack component="ul" gap="xs" aria-label="Evaluations of the store" className={classes.cards}>
      {rows.map((row) => (
        <li key={row.id} className={`card ${classes.row}`}>
          <Group justify="space-between" wrap="nowrap">
            <RowLink row={row} />
            <StatusBadge status={row.status} />
          </Group>
          <Text size="sm" c="dimmed" mt={4} lineClamp={3}>
            {row.sentence}
          </Text>
          <Group gap="lg" mt={6} component="dl" className={classes.figures}>
            {columns.map((name) => (
              <div key={name}>
                <Text component="dt" size="xs" c="dimmed">
                  {getMetricTitle(name).short}
                </Text>
                <Text component="dd" size="sm">
                  <Value row={row} metric={name} />
                </Text>
              </div>
            ))}
          </Group>
        </li>
      ))}
    </Stack>
  );
}

function RowLink({ row }: { row: EvaluationSummary }) {
  return (
    <Anchor
      component={Link}
      to={evaluationAddress(row.id)}
      fw={600}
      size="sm"
      className={classes.link}
    >
      {describeWindow(row.window)}
    </Anchor>
  );
}

function Value({ row, metric }: { row: EvaluationSummary; metric: string }) {
  const reading = findReading(row.readings, metric);
  if (reading?.value == null) {
    const reason = reading?.not_computed ?? "not measured";
    return (
      <Text span size="sm" c="dimmed" title={`not computed: ${reason}`} aria-label={`not computed: ${reason}`} role="note">
        –
      </Text>
    );
  }
  return <>{formatValue(reading.value, getMetricTitle(metric))}</>;
}
