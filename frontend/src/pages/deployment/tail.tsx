// The latest events of an endpoint, the newest first, and one of them in full. All of it stands in the address.
import { Anchor, Button, Checkbox, Group, NativeSelect, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { Link, useSearchParams } from "react-router";
import type { DeployedEndpoint, Deployment, Tail as Found } from "../../api/model";
import { useTail } from "../../api/serving";
import { Failure } from "../../parts/failure";
import { formatCount } from "../../parts/readings";
import { deploymentAddress } from "../../parts/serving-addresses";
import { formatTime } from "./activity-option";
import { EventDetails } from "./event-details";
import { findEvent, readNumber, readText, type Row, showMoment } from "./event";
import { ScrollBox } from "./scroll-box";
import classes from "./tail.module.css";

const COUNTS = [10, 50, 200, 1_000] as const;
const USUAL_COUNT = 50;
const [COUNT, FOLLOW, EVENT] = ["last", "follow", "event"];

interface Props {
  deployment: Deployment;
  endpoint: DeployedEndpoint;
}

interface Choice {
  count: number;
  follow: boolean;
  event: string | null;
}

function useChoice({ deployment_id }: Deployment, { endpoint_id }: DeployedEndpoint) {
  const [parameters, setParameters] = useSearchParams();
  const choice: Choice = {
    count: COUNTS.find((count) => String(count) === parameters.get(COUNT)) ?? USUAL_COUNT,
    follow: parameters.get(FOLLOW) === "on",
    event: parameters.get(EVENT),
  };
  const encode = ({ count, follow, event }: Choice) => ({
    tab: "tail",
    endpoint: endpoint_id,
    ...(count !== USUAL_COUNT && { [COUNT]: String(count) }),
    ...(follow && { [FOLLOW]: "on" }),
    ...(event !== null && { [EVENT]: event }),
  });
  return {
    choice,
    link: (change: Partial<Choice>) => deploymentAddress(deployment_id, encode({ ...choice, ...change })),
    change: (change: Partial<Choice>) =>
      setParameters(encode({ ...choice, ...change }), { replace: true, preventScrollReset: true, flushSync: true }),
  };
}

export function Tail({ deployment, endpoint }: Props) {
  const { choice, link, change } = useChoice(deployment, endpoint);
  const tail = useTail(deployment.deployment_id, endpoint.endpoint_id, choice.count, choice.follow);
  if (tail.isError && !tail.data) {
    return <Failure what="The latest events could not be read" error={tail.error} retry={() => void tail.refetch()} />;
  }
  if (!tail.data) return <Skeleton height={420} role="status" aria-label="Loading the latest events" />;
  if (tail.data.row_count === 0) return <NothingYet deployment={deployment} endpoint={endpoint} />;
  return (
    <div className={classes.tail} data-open={choice.event !== null || undefined}>
      <section className="card" aria-labelledby="tail" aria-busy={tail.isFetching}>
        <Stack gap="sm">
          <Group justify="space-between" align="end" gap="sm">
            <div>
              <Title order={2} id="tail">
                Latest events
              </Title>
              <Text size="sm" c="dimmed">
                {`The newest ${formatCount(tail.data.rows.length)} of ${formatCount(tail.data.row_count)}, by the time of the event (UTC).`}
              </Text>
            </div>
            <Group gap="md" align="end">
              <Checkbox label="Refresh by itself" checked={choice.follow} onChange={(event) => change({ follow: event.currentTarget.checked })} />
              <Button
                size="xs"
                variant="default"
                leftSection={<IconRefresh size={15} aria-hidden />}
                loading={tail.isFetching && !choice.follow}
                onClick={() => void tail.refetch()}
              >
                Refresh
              </Button>
              <NativeSelect
                size="xs"
                label="Events"
                data={COUNTS.map((count) => ({ value: String(count), label: formatCount(count) }))}
                value={String(choice.count)}
                onChange={(event) => change({ count: Number(event.currentTarget.value) })}
              />
            </Group>
          </Group>
          {tail.isError && <Failure what="The latest events could not be read anew" error={tail.error} retry={() => void tail.refetch()} />}
          <Events rows={tail.data.rows} open={choice.event} link={(event) => link({ event })} />
        </Stack>
      </section>
      {choice.event !== null && (
        <EventDetails
          key={choice.event}
          row={findEvent(tail.data.rows, choice.event)}
          columns={tail.data.columns}
          count={choice.count}
          close={link({ event: null })}
        />
      )}
    </div>
  );
}

interface EventsProps {
  rows: Found["rows"];
  open: string | null;
  link: (event: string) => string;
}

function Events({ rows, open, link }: EventsProps) {
  return (
    <ScrollBox label="Events of the log">
      <Table miw={680} className={classes.events ?? ""}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Time of the event</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Prediction</Table.Th>
            <Table.Th ta="right">Probability</Table.Th>
            <Table.Th ta="right">Time on the node</Table.Th>
            <Table.Th>Generation</Table.Th>
            <Table.Th>Caller</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, index) => {
            const id = readText(row, "event_id") ?? "";
            const status = readNumber(row, "status") ?? 200;
            return (
              <Table.Tr key={id || index} data-open={id === open || undefined}>
                <Table.Td>
                  <Anchor component={Link} to={link(id)} preventScrollReset size="sm" aria-current={id === open ? "true" : undefined}>
                    {showMoment(row["event_time"])}
                  </Anchor>
                </Table.Td>
                <Table.Td data-refused={status >= 400 || undefined}>{status < 400 ? status : `${status} refused`}</Table.Td>
                <Table.Td>{readText(row, "prediction") ?? "–"}</Table.Td>
                <Table.Td ta="right">{showProbability(row)}</Table.Td>
                <Table.Td ta="right">{readNumber(row, "timing.total") === null ? "–" : formatTime(readNumber(row, "timing.total"))}</Table.Td>
                <Table.Td>{readText(row, "generation") ?? "–"}</Table.Td>
                <Table.Td>{readText(row, "api_key_id") ?? readText(row, "client_ip") ?? "–"}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </ScrollBox>
  );
}

function showProbability(row: Row): string {
  const value = readNumber(row, `proba.${readText(row, "prediction")}`);
  return value === null ? "–" : `${(value * 100).toFixed(1)} %`;
}

function NothingYet({ deployment, endpoint }: Props) {
  return (
    <section className="card" aria-labelledby="tail">
      <Stack gap="sm" align="start">
        <Title order={2} id="tail">
          No event is in the log yet
        </Title>
        <Text size="sm">Send a query, and its event shows up here as soon as it has been shipped, within seconds.</Text>
        <Button component={Link} to={deploymentAddress(deployment.deployment_id, { tab: "test", endpoint: endpoint.endpoint_id })}>
          Run & Test
        </Button>
      </Stack>
    </section>
  );
}
