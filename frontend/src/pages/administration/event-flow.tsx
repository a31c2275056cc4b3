// The event server's counters, live, and what waits in the spools before it.
import { Alert, Stack, Table, Text } from "@mantine/core";
import { useEventsStatus } from "../../api/administration";
import type { EventsStatus, StreamStatus } from "../../api/model";
import { Facts } from "../../parts/facts";
import { formatMoment } from "../../parts/moment";
import { formatCount } from "../../parts/readings";
import { readEventServer, readReport } from "../../parts/reports";
import { Section } from "../../parts/section";
import { Wide } from "../../parts/wide";

export function EventFlow() {
  const status = useEventsStatus();
  return (
    <Section title="Event server" answer={status}>
      {(data) => <Live status={data} />}
    </Section>
  );
}

function Live({ status }: { status: EventsStatus }) {
  const server = status.event_server ? readEventServer(status.event_server) : null;
  const shippers = status.shippers.map(readReport);
  const { streams } = status;
  const oldest = Math.max(...shippers.map((one) => one.oldestSeconds ?? 0), 0);
  const missing = Object.entries(status.unavailable);
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        Each node keeps the events of its answers in a spool; its shipper sends them to the event server, which stores each once in the log.
      </Text>
      {server && (
        <Text size="sm" c="dimmed">
          {`${server.url}, ${server.status}${server.startedAt === null ? "" : `, up since ${formatMoment(server.startedAt)}`}. Events are counted where they are taken, since the spools exist.`}
        </Text>
      )}
      {status.warnings.map((warning) => (
        <Alert key={warning} color="yellow" title="Needs attention">
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {warning}
          </Text>
        </Alert>
      ))}
      {missing.map(([name, reason]) => (
        <Alert key={name} color="yellow" title={`No report: ${name}`}>
          <Text size="sm">{reason}</Text>
        </Alert>
      ))}
      {server !== null && server.problem !== null && (
        <Alert color="red" title="Its configuration has a fault">
          <Text size="sm">{server.problem}</Text>
        </Alert>
      )}
      <Facts
        facts={[
          ["Accepted", <Counter key="accepted" value={formatCount(status.accepted)} meaning="taken by this home's nodes and gateway" />],
          ["Stored", <Counter key="stored" value={formatCount(status.stored)} meaning="safe in the log" />],
          [
            "Duplicate",
            <Counter
              key="duplicate"
              value={formatCount(streams.reduce((all, one) => all + one.duplicate, 0))}
              meaning="sent again, recognised, left out"
            />,
          ],
          ["Dropped", <Counter key="dropped" value={formatCount(status.dropped)} meaning="declared lost, with a reason" />],
          ["Dead letters", <Counter key="dead" value={formatCount(status.dead_letters)} meaning="unreadable, set aside by shippers" />],
          ["Waiting in spools", <Counter key="spooled" value={formatCount(status.spooled)} meaning="answered, not yet shipped" />],
          ["Lag", <Counter key="lag" value={oldest > 0 ? `${oldest.toFixed(1)} s` : "none"} meaning="age of the oldest that waits" />],
        ]}
      />
      {server !== null && streams.length === 0 && <Text size="sm">No event yet.</Text>}
      {streams.length > 0 && <Streams streams={streams} />}
      <Shippers shippers={shippers} />
    </Stack>
  );
}

function Streams({ streams }: { streams: readonly StreamStatus[] }) {
  return (
    <Wide label="Streams of the event server">
      <Table miw={900}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Stream</Table.Th>
            <Table.Th ta="right">Accepted</Table.Th>
            <Table.Th ta="right">Stored</Table.Th>
            <Table.Th ta="right">Duplicate</Table.Th>
            <Table.Th ta="right">Waiting</Table.Th>
            <Table.Th ta="right">Dropped</Table.Th>
            <Table.Th ta="right">Dead letters</Table.Th>
            <Table.Th ta="right">Lag</Table.Th>
            <Table.Th>Last commit</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {streams.map((one) => (
            <Table.Tr key={one.stream}>
              <Table.Td>
                {one.stream}
                <Note stream={one} />
              </Table.Td>
              <Table.Td ta="right">{formatCount(one.accepted)}</Table.Td>
              <Table.Td ta="right">{formatCount(one.stored)}</Table.Td>
              <Table.Td ta="right">{formatCount(one.duplicate)}</Table.Td>
              <Table.Td ta="right">{formatCount(one.spooled)}</Table.Td>
              <Table.Td ta="right">{describeDrops(one.dropped)}</Table.Td>
              <Table.Td ta="right">{formatCount(one.dead_letters)}</Table.Td>
              <Table.Td ta="right">{one.lag_s === null ? "–" : `${one.lag_s.toFixed(1)} s`}</Table.Td>
              <Table.Td>{one.last_commit === null ? "–" : formatMoment(one.last_commit)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  );
}

function Note({ stream }: { stream: StreamStatus }) {
  const words = [
    ...(stream.here ? [] : ["From elsewhere: counted since the event server's start."]),
    ...(stream.has_destination ? [] : ["No destination takes it; its events wait."]),
    ...(stream.last_error === null ? [] : [`Last error: ${stream.last_error}`]),
  ];
  return words.map((word) => (
    <Text key={word} size="sm" c="dimmed">
      {word}
    </Text>
  ));
}

function describeDrops(dropped: Readonly<Record<string, number>>): string {
  const found = Object.entries(dropped);
  return found.length === 0 ? "0" : found.map(([reason, events]) => `${formatCount(events)} ${reason.replaceAll("_", " ")}`).join(", ");
}

function Shippers({ shippers }: { shippers: readonly ReturnType<typeof readReport>[] }) {
  if (shippers.length === 0) return <Text size="sm">No shipper has reported yet: each deployment brings one.</Text>;
  return (
    <>
    <Text size="sm" c="dimmed">
      Shippers count since their spool was made.
    </Text>
    <Wide label="Shippers">
      <Table miw={760}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Shipper of</Table.Th>
            <Table.Th ta="right">Shipped</Table.Th>
            <Table.Th ta="right">Waiting</Table.Th>
            <Table.Th ta="right">Oldest waiting</Table.Th>
            <Table.Th ta="right">Dropped</Table.Th>
            <Table.Th ta="right">Dead letters</Table.Th>
            <Table.Th>Reported</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shippers.map((one) => (
            <Table.Tr key={one.of}>
              <Table.Td>
                {one.of}
                {one.lastError !== null && (
                  <Text size="sm" c="dimmed">
                    Last error: {one.lastError}
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="right">{formatCount(one.shipped)}</Table.Td>
              <Table.Td ta="right">{formatCount(one.spooled)}</Table.Td>
              <Table.Td ta="right">{one.oldestSeconds === null ? "–" : `${one.oldestSeconds.toFixed(1)} s`}</Table.Td>
              <Table.Td ta="right">{formatCount(one.dropped)}</Table.Td>
              <Table.Td ta="right">{formatCount(one.deadLetters)}</Table.Td>
              <Table.Td>{one.updatedAt === null ? "–" : formatMoment(one.updatedAt)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
    </>
  );
}

function Counter({ value, meaning }: { value: string; meaning: string }) {
  return (
    <>
      {value}
      <Text size="xs" c="dimmed" fw={400}>
        {meaning}
      </Text>
    </>
  );
}
