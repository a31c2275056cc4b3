// The days of the activity as a table, the latest first; each leads to its rows where the log is a dataset.
import { Anchor, Table, Title } from "@mantine/core";
import { Link } from "react-router";
import type { Activity } from "../../api/model";
import { datasetAddress } from "../../parts/flow-addresses";
import { formatCount } from "../../parts/readings";
import { formatErrors, formatTime } from "./activity-option";
import { addDays } from "../../parts/days";
import { ScrollBox } from "./scroll-box";

interface Props {
  days: Activity["days"];
  project: string;
  dataset: string | null;
  link: (window: string) => string;
}

export function DayTable({ days, project, dataset, link }: Props) {
  const address = (day: string) =>
    dataset === null ? link(`${day}/${addDays(day, 1)}`) : `${datasetAddress(project, dataset)}?day=${day}`;
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
                  <Anchor component={Link} to={address(day.day)} size="sm">
                    {day.day}
                  </Anchor>
                </Table.Td>
                <Table.Td ta="right">{formatCount(day.row_count)}</Table.Td>
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
