// The server, what answers beside it, and every process that it looks after.
import { Badge, Group, Stack, Table, Text } from "@mantine/core";
import { useEventsStatus, useHealth } from "../../api/administration";
import type { EventsStatus } from "../../api/model";
import { StateBadge } from "../../parts/node-state";
import { Section } from "../../parts/section";
import { Wide } from "../../parts/wide";

export function Processes() {
  const health = useHealth();
  const events = useEventsStatus();
  const beside = events.data === undefined ? [] : listBeside(events.data);
  const silent = beside.filter(({ reason }) => reason !== null).length;
  return (
    <Section title="Processes" answer={health}>
      {({ status, version, home, processes }) => (
        <>
          <Group gap="xs">
            <Badge color={status !== "ok" ? "red" : silent > 0 ? "yellow" : "teal"}>
              {status !== "ok" ? status : silent > 0 ? `${silent} of them ${silent === 1 ? "does" : "do"} not answer` : "all well"}
            </Badge>
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {`Wakeline ${version}, home ${home}`}
            </Text>
          </Group>
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
                  {beside.map(({ name, reason, port }) => (
                    <Table.Tr key={name}>
                      <Table.Td>{name}</Table.Td>
                      <Table.Td>
                        {reason === null ? (
                          <StateBadge state="running" />
                        ) : (
                          <Stack gap={2} align="start">
                            <StateBadge state="no answer" />
                            <Text size="xs" c="dimmed">
                              {reason}
                            </Text>
                          </Stack>
                        )}
                      </Table.Td>
                      <Table.Td ta="right">–</Table.Td>
                      <Table.Td ta="right">{port ?? "–"}</Table.Td>
                      <Table.Td ta="right">–</Table.Td>
                    </Table.Tr>
                  ))}
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
          <Text size="sm" c="dimmed">
            Event server and gateway run beside the server, which does not know their process numbers. The gateway takes labels and events
            of others; nodes ship their own events themselves.
          </Text>
          {processes.length === 0 && (
            <Text size="sm">The server looks after no process yet: each deployment brings a node and a shipper.</Text>
          )}
        </>
      )}
    </Section>
  );
}

/** The server that answered, and the two that were asked; `reason`: why there was no answer. */
function listBeside({ event_server: eventServer, gateway, unavailable }: EventsStatus) {
  const describe = (name: string, report: Record<string, unknown> | null, key: string) => ({
    name,
    reason: report === null ? (unavailable[key] ?? "no report") : null,
    port: readPort(report?.["url"]),
  });
  return [
    { name: "server", reason: null, port: window.location.port || null },
    describe("event server", eventServer, "event-server"),
    describe("gateway", gateway, "gateway"),
  ];
}

function readPort(url: unknown): string | null {
  return typeof url === "string" ? new URL(url).port || null : null;
}
