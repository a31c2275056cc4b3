// Performance against the reference: each reading with its interval, drawn on one scale.
import { Group, Stack, Table, Text, Title } from "@mantine/core";
import type { Evaluation, Reading } from "../../api/model";
import { Command } from "../../parts/command";
import { findReading, formatCount, formatValue, getMetricTitle, isOfTask, PERFORMANCE } from "../../parts/readings";
import classes from "./page.module.css";

const WIDTH = 100;
const HEIGHT = 20;

export function Performance({ evaluation }: { evaluation: Evaluation }) {
  const { readings, labels } = evaluation;
  const all = PERFORMANCE.flatMap(({ name }) => findReading(readings, name) ?? []).filter(isOfTask);
  const rows = all.filter((reading) => reading.value != null);
  return (
    <section className="card" aria-label="Performance">
      <Title order={2}>Performance</Title>
      {rows.length === 0 ? (
        <>
          <Text size="sm" mt="xs">
            Not computed: {all[0]?.not_computed ?? "no reading"}.
          </Text>
          {labels?.labelled === 0 && <Wanted evaluation={evaluation} />}
        </>
      ) : (
        <>
          <div className={classes.scroll} tabIndex={0} role="region" aria-label="Performance against the reference">
            <Table className={classes.table} verticalSpacing={6} horizontalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Metric</Table.Th>
                  <Table.Th ta="right">Now</Table.Th>
                  <Table.Th ta="right">Reference</Table.Th>
                  <Table.Th>Intervals</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((reading) => (
                  <Row key={reading.metric} reading={reading} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
          <Group gap="md" mt="xs">
            <Key colour="var(--wakeline-bar)" text="this window, 95 % interval" />
            <Key colour="var(--mantine-color-dimmed)" text="reference" />
          </Group>
        </>
      )}
    </section>
  );
}

/** What it takes. */
function Wanted({ evaluation: { deployment_id: deployment, labels, store } }: { evaluation: Evaluation }) {
  const endpoint = deployment !== null && store.startsWith(`${deployment}-`) ? store.slice(deployment.length + 1) : "ENDPOINT";
  return (
    <Stack gap={6} mt="xs">
      <Text size="sm">
        {`Performance needs the truth of these predictions: ${formatCount(labels?.waiting ?? 0)} wait for a label. Import them from a CSV, Parquet or JSON lines file with `}
        <code>prediction_id</code> and <code>label</code>, whenever they come; the next run joins them:
      </Text>
      <Command line={`wakeline label import labels.jsonl --deployment ${deployment ?? "DEPLOYMENT"} --endpoint ${endpoint}`} />
      <Text size="sm" c="dimmed">
        Drift of inputs and prediction needs no labels and stands beside this.
      </Text>
    </Stack>
  );
}

function Row({ reading }: { reading: Reading }) {
  const metric = getMetricTitle(reading.metric);
  return (
    <Table.Tr>
      <Table.Td>{metric.short}</Table.Td>
      <Table.Td ta="right" title={describe(reading.lower, reading.upper)}>
        {reading.value == null ? "–" : formatValue(reading.value, metric)}
      </Table.Td>
      <Table.Td ta="right" title={describe(reading.reference_lower, reading.reference_upper)}>
        {reading.reference_value == null ? "–" : formatValue(reading.reference_value, metric)}
      </Table.Td>
      <Table.Td>
        <Intervals reading={reading} />
      </Table.Td>
    </Table.Tr>
  );

  function describe(lower: number | null | undefined, upper: number | null | undefined): string | undefined {
    return lower == null || upper == null ? undefined : `${formatValue(lower, metric)} to ${formatValue(upper, metric)}`;
  }
}

function Intervals({ reading }: { reading: Reading }) {
  const { value, lower, upper, reference_value: reference, reference_lower: from, reference_upper: to } = reading;
  const all = [value, lower, upper, reference, from, to].filter((one) => one != null);
  const least = Math.min(...all);
  const span = Math.max(...all) - least || 1;
  const place = (one: number) => 4 + ((WIDTH - 8) * (one - least)) / span;
  return (
    <svg className={classes.intervals} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {from != null && to != null && <line x1={place(from)} x2={place(to)} y1={14} y2={14} className={classes.referenceLine} />}
      {reference != null && <circle cx={place(reference)} cy={14} r={2.6} className={classes.referenceDot} />}
      {lower != null && upper != null && <line x1={place(lower)} x2={place(upper)} y1={6} y2={6} className={classes.valueLine} />}
      {value != null && <circle cx={place(value)} cy={6} r={2.6} className={classes.valueDot} />}
    </svg>
  );
}

function Key({ colour, text }: { colour: string; text: string }) {
  return (
    <Group gap={6}>
      <span className={classes.key} style={{ background: colour }} aria-hidden="true" />
      <Text size="xs" c="dimmed">
        {text}
      </Text>
    </Group>
  );
}
