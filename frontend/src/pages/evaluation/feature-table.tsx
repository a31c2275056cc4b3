// Every feature with its drift and its weight, by the product of both; a chosen one shows all its readings.
import { Anchor, Badge, Group, NativeSelect, Table, Text, TextInput, Title } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Distribution, Evaluation, FeatureVerdict } from "../../api/model";
import { findReading, formatNumber, formatShare } from "../../parts/readings";
import { ColumnReadings } from "./column-readings";
import { ORDERS, type Order, useChoice } from "./choice";
import { DistributionView } from "./distribution-view";
import { MiniDistribution } from "./mini-distribution";
import classes from "./page.module.css";

/** The metric that the verdicts go by, so the table says what the sentence says. */
const METRIC = "psi";

const OLD = "This evaluation was made before distributions were kept: run its recipe again to see them.";

/** The catalogue's default thresholds. */
const RULE = "PSI from 0.1 (ERROR from 0.25), or missing values changed by 5 points (ERROR from 20), each beyond chance.";

/** Beyond, the search finds them: a model may have thousands. */
const ROWS_MAX = 200;

interface Row {
  feature: FeatureVerdict;
  drift: number | null;
  reason: string | null;
  weighted: number | null;
  distribution: Distribution | undefined;
}

export function FeatureTable({ evaluation }: { evaluation: Evaluation }) {
  const { choice, change } = useChoice();
  // What is typed shows at once; the address follows.
  const [search, setSearch] = useState(choice.search);
  const all = buildRows(evaluation);
  const rows = sortRows(all, choice.order).filter(({ feature }) => feature.name.toLowerCase().includes(search.toLowerCase()));
  const largest = Math.max(1e-9, ...all.map((row) => row.weighted ?? 0));
  const drawn = all.some((row) => row.distribution);
  if (all.length === 0) return null;
  return (
    <section className="card" aria-label="Features">
      <Group justify="space-between" align="end" gap="sm" mb="sm">
        <div>
          <Title order={2}>Features</Title>
          <Text size="sm" c="dimmed">
            {all.filter(({ feature }) => feature.drifted).length} of {all.length} drifted: {RULE} {drawn ? "Choose one to see it large." : OLD}
          </Text>
        </div>
        <Group gap="xs" align="end">
          <TextInput
            size="xs"
            type="search"
            aria-label="Search features"
            placeholder="Search"
            leftSection={<IconSearch size={14} aria-hidden />}
            value={search}
            onChange={(event) => {
              setSearch(event.currentTarget.value);
              change({ search: event.currentTarget.value });
            }}
          />
          <NativeSelect
            size="xs"
            aria-label="Order of the features"
            value={choice.order}
            data={ORDERS.map(({ value, label }) => ({ value, label: `By ${label.toLowerCase()}` }))}
            onChange={(event) => change({ order: event.currentTarget.value as Order })}
          />
        </Group>
      </Group>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          No feature has “{search}” in its name.
        </Text>
      ) : (
        <div className={classes.scroll} tabIndex={0} role="region" aria-label="Table of the features">
          <Table className={classes.table} verticalSpacing={6} horizontalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Feature</Table.Th>
                {drawn && <Table.Th>Reference and now</Table.Th>}
                <Table.Th ta="right">PSI</Table.Th>
                <Table.Th ta="right" className={classes.roomy}>Importance</Table.Th>
                <Table.Th className={classes.wide}>Drift × importance</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.slice(0, ROWS_MAX).map((row) => (
                <FeatureRows key={row.feature.name} row={row} largest={largest} drawn={drawn} evaluation={evaluation} />
              ))}
            </Table.Tbody>
          </Table>
          {rows.length > ROWS_MAX && (
            <Text size="sm" c="dimmed" mt="xs">
              {`${rows.length - ROWS_MAX} more in this order; the search finds each by its name.`}
            </Text>
          )}
        </div>
      )}
    </section>
  );
}

function FeatureRows({ row, largest, drawn, evaluation }: { row: Row; largest: number; drawn: boolean; evaluation: Evaluation }) {
  const { choice, link } = useChoice();
  const { feature, drift, reason, weighted, distribution } = row;
  const open = choice.feature === feature.name;
  return (
    <>
      <Table.Tr className={classes.row} data-selected={open || undefined}>
        <Table.Td>
          <Group gap={6}>
            <Anchor
              component={Link}
              to={link({ feature: open ? null : feature.name })}
              preventScrollReset
              size="sm"
              fw={600}
              className={classes.link}
              aria-expanded={open}
            >
              {feature.name}
            </Anchor>
            {feature.drifted && (
              <Badge size="xs" miw="max-content" color={feature.status === "ERROR" ? "red" : "yellow"}>
                drifted
              </Badge>
            )}
          </Group>
        </Table.Td>
        {drawn && <Table.Td>{distribution && <MiniDistribution distribution={distribution} />}</Table.Td>}
        <Table.Td ta="right">{drift === null ? <Text span size="xs" c="dimmed">{reason ?? "no reading"}</Text> : formatNumber(drift)}</Table.Td>
        <Table.Td ta="right" className={`${classes.number} ${classes.roomy}`}>{feature.importance == null ? "–" : formatImportance(feature.importance)}</Table.Td>
        <Table.Td className={classes.wide}>
          <div className={classes.track} aria-hidden="true">
            <div
              className={classes.bar}
              data-drifted={feature.drifted || undefined}
              style={{ width: `${(100 * (weighted ?? 0)) / largest}%` }}
            />
          </div>
        </Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr>
          <Table.Td colSpan={drawn ? 5 : 4} className={classes.opened}>
            {feature.importance != null && (
              <Text size="xs" c="dimmed">{`Importance in the model: ${formatImportance(feature.importance)}`}</Text>
            )}
            {distribution && <DistributionView distribution={distribution} />}
            <ColumnReadings readings={evaluation.readings} column={feature.name} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

/** Little is not nothing. */
function formatImportance(share: number): string {
  return share > 0 && share < 0.005 ? "< 1 %" : formatShare(share);
}

function buildRows({ features, readings, distributions = [] }: Evaluation): Row[] {
  const drawn = new Map(distributions.map((one) => [one.column, one]));
  return features.map((feature) => {
    const reading = findReading(readings, METRIC, feature.name);
    const drift = reading?.value ?? null;
    const weighted = drift === null || feature.importance == null ? null : drift * feature.importance;
    return { feature, drift, reason: reading?.not_computed ?? null, weighted, distribution: drawn.get(feature.name) };
  });
}

function sortRows(rows: readonly Row[], order: Order): Row[] {
  const byName = (a: Row, b: Row) => a.feature.name.localeCompare(b.feature.name);
  const size = (row: Row): number => {
    if (order === "drift") return row.drift ?? -1;
    if (order === "importance") return row.feature.importance ?? -1;
    return row.weighted ?? row.drift ?? -1;
  };
  return [...rows].sort(order === "name" ? byName : (a, b) => size(b) - size(a) || byName(a, b));
}
