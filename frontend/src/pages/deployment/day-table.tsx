// The days of the activity as a table, the latest first; its count leads to the rows where the log is a dataset.
import { Anchor, Table, Title } from "@mantine/core";
import { Link } from "react-router";
import type { Activity } from "../../api/model";
import { addDays } from "../../parts/days";
import { datasetAddress } from "../../parts/flow-addresses";
import { formatCount } from "../../parts/readings";
import { formatErrors, formatTime } from "./activity-option";
import { ScrollBox } from "./scroll-box";

interface Props {
  days: Activity["days"];
  project: string;
  dataset: string | null;
  link: (window: string) => string;
}

export function DayTable({ days, project, dataset, link }: Props) {
  return (
    <section className="card" aria-labelledby="days">
      <Title order={2} id="days" mb="xs">
        Days
      </Title>
      <ScrollBox label="Days of the activity">
        <Table miw={720}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Day (UTC)</Table.Th>
              <Table.Th ta="right">Rows</Table.Th>
              <Table.Th ta="right">Errors</Table.Th>
              <Table.Th ta="right">p50</Table.Th>
              <Table.Th ta="right">p95</Table.Th>
              <Table.Th ta="right">IP addresses</Table.Th>
              <Table.Th ta="right">Keys</Table.Th>
              <Table.Th>Generations</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {days.toReversed().map((day) => (
              <Table.Tr key={day.day}>
                <Table.Td>
                  <Anchor component={Link} to={link(`${day.day}/${addDays(day.day, 1)}`)} preventScrollReset size="sm">
                    {day.day}
                  </Anchor>
                </Table.Td>
                <Table.Td ta="right">
                  {dataset === null ? (
                    formatCount(day.row_count)
                  ) : (
                    <Anchor
                      component={Link}
                      to={`${datasetAddress(project, dataset)}?from=${day.day}&to=${day.day}`}
                      size="sm"
                      aria-label={`${formatCount(day.row_count)} rows of ${day.day}`}
                    >
                      {formatCount(day.row_count)}
                    </Anchor>
                  )}
                </Table.Td>
                <Table.Td ta="right">{formatErrors(day)}</Table.Td>
                <Table.Td ta="right">{formatTime(day.p50_us)}</Table.Td>
                <Table.Td ta="right">{formatTime(day.p95_us)}</Table.Td>
                <Table.Td ta="right">{formatCount(day.distinct_ips)}</Table.Td>
                <Table.Td ta="right">{formatCount(day.distinct_keys)}</Table.Td>
                <Table.Td>{day.generations.join(", ") || "–"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollBox>
    </section>
  );
}
