// The evaluations of a store as a table; two of them can be ticked to stand side by side.
import { Anchor, Checkbox, Group, Table, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import type { EvaluationSummary } from "../../api/model";
import { evaluationAddress } from "../../parts/flow-addresses";
import { findReading, formatCount, formatValue, getMetricTitle } from "../../parts/readings";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";
import { COMPARED_MAX, useChoice } from "./choice";
import classes from "./page.module.css";

const COLUMNS = ["roc_auc", "accuracy", "log_loss", "domain_classifier_auc", "drifted_share"] as const;

export function EvaluationTable({ rows }: { rows: readonly EvaluationSummary[] }) {
  const { choice, change } = useChoice();
  // The address follows a moment later than a tick has to show.
  const [ticked, setTicked] = useState(choice.compared);
  const asked = choice.compared.join(",");
  useEffect(() => setTicked(asked.split(",").filter(Boolean)), [asked]);
  const toggle = (id: string) => {
    const others = ticked.filter((one) => one !== id);
    const compared = others.length < ticked.length ? others : [...others, id].slice(-COMPARED_MAX);
    setTicked(compared);
    change({ compared });
  };
  return (
    <section className="card" aria-label="Evaluations">
      <Group justify="space-between" align="baseline" gap="xs" mb="xs">
        <Title order={2}>Evaluations</Title>
        <Text size="sm" c="dimmed" role="status">
          {ticked.length === 0 ? "Tick two to compare them." : `${ticked.length} of ${COMPARED_MAX} ticked`}
        </Text>
      </Group>
      <div className={classes.scroll} tabIndex={0} role="region" aria-label="Table of the evaluations">
        <Table className={classes.table} verticalSpacing={8} horizontalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Compare</Table.Th>
              <Table.Th>Window</Table.Th>
              <Table.Th>Status</Table.Th>
              {COLUMNS.map((name) => (
                <Table.Th key={name} ta="right">
                  {getMetricTitle(name).short}
                </Table.Th>
              ))}
              <Table.Th ta="right">Rows</Table.Th>
              <Table.Th>Version</Table.Th>
              <Table.Th ta="right">Revision</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.id} data-selected={ticked.includes(row.id) || undefined} className={classes.row}>
                <Table.Td>
                  <Checkbox
                    size="xs"
                    aria-label={`Compare ${describeWindow(row.window)}`}
                    checked={ticked.includes(row.id)}
                    onChange={() => toggle(row.id)}
                  />
                </Table.Td>
                <Table.Td>
                  <Anchor component={Link} to={evaluationAddress(row.id)} size="sm" fw={600}>
                    {describeWindow(row.window)}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  <StatusBadge status={row.status} />
                </Table.Td>
                {COLUMNS.map((name) => (
                  <Table.Td key={name} ta="right">
                    <Value row={row} name={name} />
                  </Table.Td>
                ))}
                <Table.Td ta="right">{formatCount(row.row_count)}</Table.Td>
                <Table.Td>{row.model_version}</Table.Td>
                <Table.Td ta="right">{row.revision}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}

function Value({ row, name }: { row: EvaluationSummary; name: string }) {
  const reading = findReading(row.readings, name);
  if (reading?.value != null) return <>{formatValue(reading.value, getMetricTitle(name))}</>;
  const reason = `not computed: ${reading?.not_computed ?? "not measured"}`;
  return (
    <Text span size="sm" c="dimmed" title={reason} aria-label={reason} role="note">
      –
    </Text>
  );
}
