// An endpoint that is deployed: how its nodes are, how much is asked, how far that has drifted.
import { Anchor, Group, Skeleton, Text } from "@mantine/core";
import { Link } from "react-router";
import type { DeployedEndpoint, Deployment, EvaluationSummary, Monitoring } from "../../api/model";
import { useDataset, useLatestEvaluations, useMonitoring } from "../../api/serving";
import { deploymentAddress, serviceAddress, verdictAddress } from "../../parts/serving-addresses";
import { findWorst, StateBadge } from "../../parts/node-state";
import { findReading, formatCount, formatShare } from "../../parts/readings";
import { BarSparkline, LineSparkline } from "../../parts/sparkline";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";
import classes from "./page.module.css";

const EVALUATIONS_SHOWN = 30;
const DAYS_SHOWN = 90;

export function DeploymentRow({ deployment, endpoint }: { deployment: Deployment; endpoint: DeployedEndpoint }) {
  const monitoring = useMonitoring(deployment.deployment_id, endpoint.endpoint_id);
  const { deployment_id, project, service_id } = deployment;
  return (
    <li className={classes.row}>
      <div>
        <Group gap="xs">
          <Anchor component={Link} to={deploymentAddress(deployment_id)} fw={600}>
            {deployment_id}
          </Anchor>
          <StateBadge state={findWorst(deployment.nodes.map((node) => node.state))} />
        </Group>
        <Text size="sm" c="dimmed" mt={2}>
          <Anchor component={Link} to={serviceAddress(project, service_id, { endpoint: endpoint.endpoint_id })} size="sm">
            {service_id}/{endpoint.endpoint_id}
          </Anchor>
          {` · ${deployment.generation} · ${endpoint.model} ${endpoint.model_version}`}
        </Text>
      </div>
      {monitoring.data ? (
        <Watched monitoring={monitoring.data} service={service_id} />
      ) : monitoring.isError ? (
        <Text size="sm" c="dimmed" role="note">
          Its monitoring cannot be read: {monitoring.error.message}
        </Text>
      ) : (
        <Skeleton height={40} role="status" aria-label="Loading the monitoring" />
      )}
    </li>
  );
}

function Watched({ monitoring, service }: { monitoring: Monitoring; service: string }) {
  return (
    <>
      <Volume monitoring={monitoring} />
      <Drift monitoring={monitoring} />
      <div className={classes.verdict}>
        {monitoring.latest ? <Verdict latest={monitoring.latest} /> : <NotWatched monitoring={monitoring} service={service} />}
      </div>
    </>
  );
}

function Volume({ monitoring }: { monitoring: Monitoring }) {
  const dataset = useDataset(monitoring.project, monitoring.dataset);
  const rows = monitoring.log_row_count ?? 0;
  const days = listRows(dataset.data?.partitions ?? []);
  return (
    <div className={classes.figures}>
      <Text size="sm">
        {formatCount(rows)}{" "}
        <Text span size="sm" c="dimmed">
          {rows === 1 ? "query" : "queries"}
        </Text>
      </Text>
      {days.length > 0 && (
        <BarSparkline
          values={days}
          label={`Logged queries on the last ${days.length} days with any, until ${monitoring.log_last_day}: at most ${formatCount(Math.max(...days))} a day`}
        />
      )}
    </div>
  );
}

function Drift({ monitoring }: { monitoring: Monitoring }) {
  const evaluations = useLatestEvaluations(monitoring.project, monitoring.store, EVALUATIONS_SHOWN);
  const shares = (evaluations.data?.items ?? []).map((one) => findReading(one.readings, "drifted_share")?.value ?? null);
  const latest = shares[0];
  if (latest == null) return <div />;
  const known = shares.filter((value) => value !== null);
  return (
    <div className={classes.figures}>
      <Text size="sm">
        {formatShare(latest)}{" "}
        <Text span size="sm" c="dimmed">
          drifted
        </Text>
      </Text>
      {known.length > 1 && (
        <LineSparkline
          values={shares.toReversed()}
          top={1}
          label={`Share of drifted features over ${known.length} windows, from ${formatShare(Math.min(...known))} to ${formatShare(Math.max(...known))}`}
        />
      )}
    </div>
  );
}

function Verdict({ latest }: { latest: EvaluationSummary }) {
  return (
    <>
      <Group gap="xs">
        <StatusBadge status={latest.status} />
        <Anchor component={Link} to={verdictAddress(latest.project, latest.store, latest.id)} size="sm">
          {describeWindow(latest.window)}
        </Anchor>
      </Group>
      <Text size="sm" c="dimmed" mt={4} lineClamp={3} title={latest.sentence}>
        {latest.sentence}
      </Text>
    </>
  );
}

function NotWatched({ monitoring, service }: { monitoring: Monitoring; service: string }) {
  const { project, endpoint_id, configured } = monitoring;
  const address = serviceAddress(project, service, { endpoint: endpoint_id });
  return (
    <Text size="sm" c="dimmed">
      {configured ? "Monitored, nothing evaluated yet. " : "Not monitored yet. "}
      <Anchor component={Link} to={address} size="sm">
        {configured ? "See the monitoring" : "Configure monitoring"}
      </Anchor>
    </Text>
  );
}

/** Rows of the last days that have any: a log may hold days that lie years apart. */
function listRows(partitions: readonly { day: string; row_count: number }[]): number[] {
  const days = partitions.toSorted((one, other) => one.day.localeCompare(other.day));
  return days.slice(-DAYS_SHOWN).map(({ row_count }) => row_count);
}
