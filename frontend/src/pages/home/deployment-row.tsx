// An endpoint that is deployed: how its nodes are, how much is asked, how far that has drifted.
import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import type { DeploymentOverview, EndpointOverview } from "../../api/model";
import { findWorst, StateBadge } from "../../parts/node-state";
import { formatCount, formatShare } from "../../parts/readings";
import { deploymentAddress, serviceAddress, verdictAddress } from "../../parts/serving-addresses";
import { BarSparkline, LineSparkline } from "../../parts/sparkline";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";
import classes from "./page.module.css";

interface Props {
  project: string;
  deployment: DeploymentOverview;
  endpoint: EndpointOverview;
}

export function DeploymentRow({ project, deployment, endpoint }: Props) {
  const { deployment_id, service_id, generation, node_states } = deployment;
  const { endpoint_id, model, model_version } = endpoint;
  return (
    <li className={classes.row}>
      <div>
        <Group gap="xs">
          <Anchor component={Link} to={deploymentAddress(deployment_id, { endpoint: endpoint_id })} fw={600}>
            {deployment_id}
          </Anchor>
          <StateBadge state={findWorst(node_states)} />
        </Group>
        <Text size="sm" c="dimmed" mt={2}>
          <Anchor component={Link} to={serviceAddress(project, service_id, { endpoint: endpoint_id })} size="sm">
            {service_id}/{endpoint_id}
          </Anchor>
          {` · ${generation} · ${model} ${model_version}`}
        </Text>
      </div>
      <Volume endpoint={endpoint} address={deploymentAddress(deployment_id, { tab: "activity", endpoint: endpoint_id })} />
      <Drift endpoint={endpoint} />
      <div className={classes.verdict}>
        {endpoint.store !== null && endpoint.latest ? (
          <Verdict project={project} store={endpoint.store} endpoint={endpoint} latest={endpoint.latest} />
        ) : (
          <NotWatched
            endpoint={endpoint}
            address={serviceAddress(project, service_id, {
              endpoint: endpoint_id,
              ...(!endpoint.configured && { configure: deployment_id }),
            })}
          />
        )}
      </div>
    </li>
  );
}

function Volume({ endpoint: { volume, row_count }, address }: { endpoint: EndpointOverview; address: string }) {
  const rows = volume.map((day) => day.row_count);
  return (
    <div className={classes.figures}>
      <Text size="sm">
        <Anchor component={Link} to={address} size="sm" c="inherit" underline="always">
          {formatCount(row_count)}
        </Anchor>{" "}
        <Text span size="sm" c="dimmed">
          {row_count === 1 ? "query" : "queries"}
        </Text>
      </Text>
      {rows.length > 0 && (
        <BarSparkline
          values={rows}
          label={
            rows.length === 1
              ? `Logged queries on ${volume[0]?.day}: ${formatCount(rows[0] ?? 0)}`
              : `Logged queries on the last ${rows.length} days with any, until ${volume.at(-1)?.day}: at most ${formatCount(Math.max(...rows))} a day`
          }
        />
      )}
    </div>
  );
}

function Drift({ endpoint: { drift } }: { endpoint: EndpointOverview }) {
  const shares = drift.map(({ value }) => value);
  const known = shares.filter((value) => value !== null);
  const latest = shares.at(-1);
  if (latest === undefined) return <div />;
  return (
    <div className={classes.figures}>
      <Text size="sm">
        {latest === null ? "not computed" : formatShare(latest)}{" "}
        <Text span size="sm" c="dimmed">
          drifted
        </Text>
      </Text>
      {known.length > 1 && (
        <LineSparkline
          values={shares}
          top={1}
          label={`Share of drifted features over ${known.length} windows, from ${formatShare(Math.min(...known))} to ${formatShare(Math.max(...known))}`}
        />
      )}
    </div>
  );
}

interface VerdictProps {
  project: string;
  store: string;
  endpoint: EndpointOverview;
  latest: NonNullable<EndpointOverview["latest"]>;
}

function Verdict({ project, store, endpoint: { status }, latest }: VerdictProps) {
  return (
    <>
      <Group gap="xs">
        <StatusBadge status={status ?? latest.status} />
        <Anchor component={Link} to={verdictAddress(project, store, latest.evaluation_id)} size="sm">
          {describeWindow(latest.window)}
        </Anchor>
      </Group>
      <Text size="sm" c="dimmed" mt={4} lineClamp={3} title={latest.sentence}>
        {latest.sentence}
      </Text>
      {status !== null && status !== latest.status && (
        <Text size="xs" c="dimmed" mt={2}>
          {`Checks: ${status}. Drift verdict of the evaluation: ${latest.status}.`}
        </Text>
      )}
    </>
  );
}

function NotWatched({ endpoint: { configured }, address }: { endpoint: EndpointOverview; address: string }) {
  return (
    <Text size="sm" c="dimmed">
      {configured ? "Monitored, nothing evaluated yet. " : "Not monitored yet. "}
      <Anchor component={Link} to={address} size="sm">
        {configured ? "See the monitoring" : "Configure monitoring"}
      </Anchor>
    </Text>
  );
}
