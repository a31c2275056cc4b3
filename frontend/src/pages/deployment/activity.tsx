// What went through an endpoint by day, from its log: a chart over the days and their table. The days stand in the address.
import { Anchor, Button, Group, Skeleton, Stack, Text, TextInput, Title, useComputedColorScheme } from "@mantine/core";
import { type FormEvent, lazy, Suspense, useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";
import type { Activity as Found, DeployedEndpoint, Deployment } from "../../api/model";
import { useActivity, useMonitorings } from "../../api/serving";
import { Failure } from "../../parts/failure";
import { formatCount } from "../../parts/readings";
import { deploymentAddress } from "../../parts/serving-addresses";
import { describeWindow } from "../../parts/window-text";
import { ACTIVITY_HEIGHT, buildActivity, describeActivity, listDays } from "./activity-option";
import { DayTable } from "./day-table";
import { addDays } from "../../parts/days";
import classes from "./activity.module.css";

const Chart = lazy(() => import("../../parts/chart"));
const WINDOW = "window";

interface Props {
  deployment: Deployment;
  endpoint: DeployedEndpoint;
}

export function Activity({ deployment, endpoint }: Props) {
  const [parameters] = useSearchParams();
  const window = parameters.get(WINDOW);
  const activity = useActivity(deployment.deployment_id, endpoint.endpoint_id, window);
  if (activity.isError) {
    return (
      <Stack gap="sm" align="stretch">
        <Failure what="The activity could not be read" error={activity.error} retry={() => void activity.refetch()} />
        {window !== null && (
          <Anchor component={Link} to={deploymentAddress(deployment.deployment_id, place(endpoint))} size="sm">
            Show the last days instead
          </Anchor>
        )}
      </Stack>
    );
  }
  if (!activity.data) {
    return (
      <Stack role="status" aria-label="Loading the activity">
        <Skeleton height={ACTIVITY_HEIGHT} />
        <Skeleton height={240} />
      </Stack>
    );
  }
  if (activity.data.last_day === null) return <NothingYet deployment={deployment} endpoint={endpoint} />;
  return <Days found={activity.data} deployment={deployment} endpoint={endpoint} busy={activity.isFetching} />;
}

function Days({ found, deployment, endpoint, busy }: Props & { found: Found; busy: boolean }) {
  const [parameters, setParameters] = useSearchParams();
  const scheme = useComputedColorScheme("light");
  const days = useMemo(() => listDays(found), [found]);
  const option = useMemo(() => buildActivity(days, scheme), [days, scheme]);
  const monitoring = useMonitorings({ deployment_id: deployment.deployment_id }).data?.items;
  const dataset = monitoring?.find((one) => one.endpoint_id === endpoint.endpoint_id)?.dataset ?? null;
  const link = (window: string | null) => deploymentAddress(deployment.deployment_id, place(endpoint, window));
  const choose = (window: string) => setParameters(place(endpoint, window), { preventScrollReset: true });
  return (
    <>
      <section className="card" aria-labelledby="activity" aria-busy={busy}>
        <Stack gap="sm">
          <Group justify="space-between" align="end" gap="sm">
            <div>
              <Title order={2} id="activity">
                Activity per day
              </Title>
              <Text size="sm" c="dimmed" role="status">
                {describeChoice(found, parameters.has(WINDOW))}
              </Text>
            </div>
            <DayRange key={found.window} found={found} link={link} onChoose={choose} />
          </Group>
          {days.length === 0 ? (
            <Text size="sm">
              No query was logged on these days. The log has rows {found.first_day === found.last_day ? "on" : `from ${found.first_day} to`} {found.last_day} (UTC).
            </Text>
          ) : (
            <Suspense fallback={<Skeleton height={ACTIVITY_HEIGHT} role="status" aria-label="Loading the chart" />}>
              <Chart
                option={option}
                height={ACTIVITY_HEIGHT}
                label={describeActivity(found)}
                onSelect={(index) => {
                  const day = days[index]?.day;
                  if (day) choose(`${day}/${addDays(day, 1)}`);
                }}
              />
            </Suspense>
          )}
          <Text size="xs" c="dimmed">
            All days are UTC. Time is the node&apos;s own for a query. Callers are counted per day.
          </Text>
        </Stack>
      </section>
      {found.days.length > 0 && <DayTable days={found.days} project={deployment.project} dataset={dataset} link={link} />}
    </>
  );
}

interface RangeProps {
  found: Found;
  link: (window: string | null) => string;
  onChoose: (window: string) => void;
}

function DayRange({ found, link, onChoose }: RangeProps) {
  const [start = "", end = ""] = (found.window ?? "").split("/");
  const [first, setFirst] = useState(start);
  const [last, setLast] = useState(end === "" ? "" : addDays(end, -1));
  const wrong = first !== "" && last !== "" && last < first;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wrong) onChoose(`${first}/${addDays(last, 1)}`);
  };
  return (
    <form onSubmit={submit} aria-label="Days of the activity">
      <Group gap="xs" align="end">
        <TextInput type="date" size="xs" label="First day" required withAsterisk={false} value={first} onChange={(event) => setFirst(event.currentTarget.value)} />
        <TextInput
          type="date"
          size="xs"
          label="Last day"
          required
          withAsterisk={false}
          value={last}
          onChange={(event) => setLast(event.currentTarget.value)}
          error={wrong ? "Before the first" : undefined}
        />
        <Button type="submit" size="xs" variant="default" disabled={wrong}>
          Show
        </Button>
        <nav aria-label="Often asked days" className={classes.often}>
          <Anchor component={Link} to={link(null)} preventScrollReset size="sm">
            Last 30
          </Anchor>
          {found.first_day && found.last_day && (
            <Anchor component={Link} to={link(`${found.first_day}/${addDays(found.last_day, 1)}`)} preventScrollReset size="sm">
              All days
            </Anchor>
          )}
        </nav>
      </Group>
    </form>
  );
}

function NothingYet({ deployment, endpoint }: Props) {
  return (
    <section className="card" aria-labelledby="activity">
      <Stack gap="sm" align="start">
        <Title order={2} id="activity">
          No query is logged yet
        </Title>
        <Text size="sm">Send the first one, and it shows up here as soon as its event has been shipped, within seconds.</Text>
        <Button component={Link} to={deploymentAddress(deployment.deployment_id, { tab: "test", endpoint: endpoint.endpoint_id })}>
          Run & Test
        </Button>
      </Stack>
    </section>
  );
}

function place(endpoint: DeployedEndpoint, window: string | null = null): Record<string, string> {
  return { tab: "activity", endpoint: endpoint.endpoint_id, ...(window !== null && { [WINDOW]: window }) };
}

function describeChoice({ window, row_count, days }: Found, asked: boolean): string {
  const rows = `${formatCount(row_count)} ${row_count === 1 ? "query" : "queries"}`;
  const count = `${formatCount(days.length)} ${days.length === 1 ? "day" : "days"}`;
  if (asked && window) return `${rows} on ${count} of ${describeWindow(window)}.`;
  return days.length === 1 ? `${rows} on ${days[0]?.day}, the only day that has any.` : `${rows} on the last ${count} that have any.`;
}
