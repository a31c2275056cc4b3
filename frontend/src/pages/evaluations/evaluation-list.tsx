// The evaluations as a table, or as cards where there is no room for one. Each row is a link.
import { Anchor, Group, Stack, Table, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Link } from "react-router";
import type { EvaluationSummary } from "../../api/model";
import { findReading, formatCount, formatValue, getMetricTitle } from "../../parts/readings";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";
import { useChoice } from "./choice";
import classes from "./evaluation-list.module.css";

const COLUMNS = ["roc_auc", "accuracy", "domain_classifier_auc", "drifted_share"] as const;

interface Props {
  rows: readonly EvaluationSummary[];
  chosen: string | undefined;
}

export function EvaluationList({ rows, chosen }: Props) {
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  return narrow ? <Cards rows={rows} chosen={chosen} /> : <Wide rows={rows} chosen={chosen} />;
}

function Wide({ rows, chosen }: Props) {
  return (
    <section className={`card ${classes.scroll}`} tabIndex={0} aria-label="Evaluations of the store">
      <Table verticalSpacing={8} horizontalSpacing="sm" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Window</Table.Th>
            <Table.Th>Status</Table.Th>
            {COLUMNS.map((name) => (
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
            <Row key={row.id} row={row} selected={row.id === chosen} />
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Row({ row, selected }: { row: EvaluationSummary; selected: boolean }) {
  return (
    <Table.Tr className={classes.row} data-selected={selected || undefined}>
      <Table.Td>
        <RowLink row={row} selected={selected} />
      </Table.Td>
      <Table.Td>
        <StatusBadge status={row.status} />
      </Table.Td>
      {COLUMNS.map((name) => (
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

function Cards({ rows, chosen }: Props) {
  return (
    <Stack component="ul" gap="xs" aria-label="Evaluations of the store" className={classes.cards}>
      {rows.map((row) => (
        <li key={row.id} className={`card ${classes.row}`} data-selected={row.id === chosen || undefined}>
          <Group justify="space-between" wrap="nowrap">
            <RowLink row={row} selected={row.id === chosen} />
            <StatusBadge status={row.status} />
          </Group>
          <Text size="sm" c="dimmed" mt={4} lineClamp={3}>
            {row.sentence}
          </Text>
          <Group gap="lg" mt={6} component="dl" className={classes.figures}>
            {COLUMNS.map((name) => (
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

function RowLink({ row, selected }: { row: EvaluationSummary; selected: boolean }) {
  const [, link] = useChoice();
  const address = link({ project: row.project, store: row.store, evaluation: row.id });
  return (
    <Anchor
      component={Link}
      to={address}
      preventScrollReset
      fw={600}
      size="sm"
      className={classes.link}
      aria-current={selected ? "true" : undefined}
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
