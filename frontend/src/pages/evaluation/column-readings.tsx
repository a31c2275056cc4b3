// All readings of one column: current, reference, p-value, or why there is none.
import { Table, Text } from "@mantine/core";
import type { Reading } from "../../api/model";
import { formatFineShare, formatNumber, getMetricTitle } from "../../parts/readings";
import classes from "./page.module.css";

const SHARES = new Set(["missing_rate"]);
const P_VALUE_SMALLEST = 0.0001;

export function ColumnReadings({ readings, column }: { readings: readonly Reading[]; column: string }) {
  const rows = readings.filter((reading) => reading.column === column);
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={`Readings of ${column}`}>
      <Table className={classes.table} verticalSpacing={4} horizontalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Reading</Table.Th>
            <Table.Th ta="right">Value</Table.Th>
            <Table.Th ta="right">p-value</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((reading) => (
            <Table.Tr key={reading.metric}>
              <Table.Td>{getMetricTitle(reading.metric).title}</Table.Td>
              {reading.value == null ? (
                <Table.Td colSpan={2}>
                  <Text span size="sm" c="dimmed">
                    not computed: {reading.not_computed}
                  </Text>
                </Table.Td>
              ) : (
                <>
                  <Table.Td ta="right">
                    {show(reading, reading.value)}
                    {reading.reference_value != null && (
                      <Text size="xs" c="dimmed" className={classes.number}>
                        reference {show(reading, reading.reference_value)}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td ta="right" className={classes.number}>{reading.p_value == null ? "–" : showChance(reading.p_value)}</Table.Td>
                </>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function show({ metric }: Reading, value: number): string {
  return SHARES.has(metric) ? formatFineShare(value) : formatNumber(value);
}

function showChance(value: number): string {
  return value < P_VALUE_SMALLEST ? `< ${P_VALUE_SMALLEST}` : value.toFixed(4);
}
