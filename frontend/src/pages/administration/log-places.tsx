// Where events are written: the destinations.
import { Table, Text } from "@mantine/core";
import { useDestinations } from "../../api/administration";
import { Section } from "../../parts/section";
import { Wide } from "../../parts/wide";

export function LogPlaces() {
  const destinations = useDestinations();
  return (
    <>
      <Section title="Destinations" answer={destinations}>
        {({ items }) => (
          <>
          <Text size="sm" c="dimmed">
            Where the event server writes: below the path, one table for each topic, routing key (the deployment) and endpoint.
          </Text>
          <Wide label="Destinations of events">
            <Table miw={560}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Destination</Table.Th>
                  <Table.Th>Connection</Table.Th>
                  <Table.Th>Path</Table.Th>
                  <Table.Th>Topics</Table.Th>
                  <Table.Th>Routing keys</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((one) => (
                  <Table.Tr key={one.id}>
                    <Table.Td>{one.id}</Table.Td>
                    <Table.Td>{one.connection_id}</Table.Td>
                    <Table.Td ff="monospace" style={{ overflowWrap: "anywhere" }}>
                      {one.place}
                    </Table.Td>
                    <Table.Td>{one.topics?.join(", ") ?? "all"}</Table.Td>
                    <Table.Td>{one.routing_keys?.join(", ") ?? "all"}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Wide>
          </>
        )}
      </Section>
    </>
  );
}
