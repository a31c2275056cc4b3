// A column's reference against now: the chart, and beside it the same in numbers.
import { Skeleton, Table, Text, useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import type { Distribution, NumericalDistribution } from "../../api/model";
import { formatFineShare, formatMeasured } from "../../parts/readings";
import { describeDistribution, getMissingShare, listNotes, QUANTILES } from "./distribution";
import classes from "./distribution.module.css";
import { buildOption, getHeight } from "./distribution-option";
import page from "./page.module.css";

const Chart = lazy(() => import("../../parts/chart"));

export function DistributionView({ distribution }: { distribution: Distribution }) {
  const scheme = useComputedColorScheme("light");
  const option = useMemo(() => buildOption(distribution, scheme), [distribution, scheme]);
  const height = getHeight(distribution);
  const { reference, current } = distribution;
  const notes = [
    ...(distribution.not_computed === null ? [] : [`Nothing of this window: ${distribution.not_computed}.`]),
    ...listNotes(distribution),
    ...(distribution.role === "numerical" && isUneven(distribution.edges) ? ["The width of a bar is its range, its area the share of rows."] : []),
  ];
  return (
    <div className={distribution.role === "numerical" ? classes.pair : undefined}>
      <div>
        <div className={classes.keys} aria-hidden="true">
          <Text span size="xs" c="dimmed" className={classes.key}>
            reference
          </Text>
          <Text span size="xs" c="dimmed" className={classes.key} data-now>
            now
          </Text>
        </div>
        <Suspense fallback={<Skeleton height={height} />}>
          <Chart option={option} height={height} label={describeDistribution(distribution)} />
        </Suspense>
        {notes.map((note) => (
          <Text key={note} size="xs" c="dimmed">
            {note}
          </Text>
        ))}
        {distribution.role === "categorical" && (
          <Text size="xs" c="dimmed">
            {`Missing: ${formatFineShare(getMissingShare(reference))} of the reference${current ? `, ${formatFineShare(getMissingShare(current))} of now` : ""}.`}
          </Text>
        )}
      </div>
      {distribution.role === "numerical" && <Numbers distribution={distribution} />}
    </div>
  );
}

function Numbers({ distribution: { column, reference, current } }: { distribution: NumericalDistribution }) {
  const rows: [string, number | null, number | null][] = [
    ["Least", reference.minimum, current?.minimum ?? null],
    ...QUANTILES.map((name, place): [string, number | null, number | null] => [
      name,
      reference.quantiles?.[place] ?? null,
      current?.quantiles?.[place] ?? null,
    ]),
    ["Most", reference.maximum, current?.maximum ?? null],
    ["Mean", reference.mean, current?.mean ?? null],
  ];
  return (
    <Table className={page.table} verticalSpacing={2} horizontalSpacing="xs" aria-label={`Quantiles of ${column}`}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Quantile</Table.Th>
          <Table.Th ta="right">Reference</Table.Th>
          <Table.Th ta="right">Now</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(([name, before, after]) => (
          <Table.Tr key={name}>
            <Table.Td>{name}</Table.Td>
            <Table.Td ta="right">{show(before)}</Table.Td>
            <Table.Td ta="right">{show(after)}</Table.Td>
          </Table.Tr>
        ))}
        <Table.Tr>
          <Table.Td>Missing</Table.Td>
          <Table.Td ta="right">{formatFineShare(getMissingShare(reference))}</Table.Td>
          <Table.Td ta="right">{current ? formatFineShare(getMissingShare(current)) : "–"}</Table.Td>
        </Table.Tr>
      </Table.Tbody>
    </Table>
  );
}

function isUneven(edges: readonly number[]): boolean {
  const widths = edges.slice(1).map((edge, place) => edge - (edges[place] ?? 0));
  return Math.max(...widths) > 1.01 * Math.min(...widths);
}

function show(value: number | null): string {
  return value === null ? "–" : formatMeasured(value);
}
