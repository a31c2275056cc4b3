// The server and every process that it looks after.
import { Badge, Group, Table, Text } from "@mantine/core";
import { useHealth } from "../../api/administration";
import { StateBadge } from "../../parts/node-state";
import { Section } from "../../parts/section";
import { Wide } from "../../parts/wide";

export function Processes() {
  const health = useHealth();
  return (
    <Section title="Processes" answer={health}>
      {({ status, version, home, processes }) => (
        <>
          <Group gap="xs">
            <Badge color={status === "ok" ? "teal" : "red"}>{status === "ok" ? "all well" : status}</Badge>
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {`Wakeline ${version}, home ${home}`}
            </Text>
          </Group>
          {processes.length === 0 ? (
            <Text size="sm">The server looks after no process yet: each deployment brings a node and a shipper.</Text>
          ) : (
            <Wide label="Processes that the server looks after">
              <Table miw={520}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th ta="right">Process</Table.Th>
                    <Table.Th ta="right">Port</Table.Th>
                    <Table.Th ta="right">Restarts</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {processes.map((one) => (
                    <Table.Tr key={one.name}>
                      <Table.Td>{one.name}</Table.Td>
                      <Table.Td>
                        <StateBadge state={one.state} />
                      </Table.Td>
                      <Table.Td ta="right">{one.pid ?? "–"}</Table.Td>
                      <Table.Td ta="right">{one.port ?? "–"}</Table.Td>
                      <Table.Td ta="right">{one.restarts}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Wide>
          )}
        </>
      )}
    </Section>
  );
}
