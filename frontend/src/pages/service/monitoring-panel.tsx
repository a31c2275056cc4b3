// The endpoint's deployments, each with what watches it; Configure makes what is missing.
import { Anchor, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import type { Deployment, Service } from "../../api/model";
import { useMonitoring } from "../../api/serving";
import { Failure } from "../../parts/failure";
import { findWorst, StateBadge } from "../../parts/node-state";
import { formatCount } from "../../parts/readings";
import { deploymentAddress } from "../../parts/serving-addresses";
import { Configure, useOpenPlan } from "./configure";
import { Watching } from "./watching";
import classes from "./page.module.css";

interface Props {
  endpoint: Service["endpoints"][number];
  deployments: readonly Deployment[];
}

export function MonitoringPanel({ endpoint, deployments }: Props) {
  const { endpoint_id, kind, model, version } = endpoint;
  const here = deployments.filter((one) => one.endpoints.some((deployed) => deployed.endpoint_id === endpoint_id));
  return (
    <section className="card" aria-labelledby="monitoring">
      <Stack gap="sm">
        <div>
          <Title order={2} id="monitoring">
            Monitoring of {endpoint_id}
          </Title>
          <Text size="sm" c="dimmed">
            {`Endpoint of kind ${kind}, answers with ${model} (${version === "active" ? "its active version when published" : version}).`}
          </Text>
        </div>
        {here.length === 0 ? (
          <Text size="sm">Not deployed yet: there is nothing to monitor. Publish and deploy a version below.</Text>
        ) : (
          <ul className={classes.list} aria-label={`Deployments of ${endpoint_id}`}>
            {here.map((deployment) => (
              <Deployed key={deployment.deployment_id} deployment={deployment} endpointId={endpoint_id} />
            ))}
          </ul>
        )}
      </Stack>
    </section>
  );
}

function Deployed({ deployment, endpointId }: { deployment: Deployment; endpointId: string }) {
  const { deployment_id, generation, infrastructure_id } = deployment;
  const monitoring = useMonitoring(deployment_id, endpointId);
  const open = useOpenPlan(deployment_id);
  const rows = monitoring.data?.log_row_count;
  return (
    <li>
      <Stack gap="sm">
        <div>
          <Group gap="xs">
            <Anchor component={Link} to={deploymentAddress(deployment_id, { endpoint: endpointId })} fw={600}>
              {deployment_id}
            </Anchor>
            <StateBadge state={findWorst(deployment.nodes.map((node) => node.state))} />
            <Text size="sm" c="dimmed">
              {`${generation} on ${infrastructure_id}`}
            </Text>
          </Group>
          {monitoring.data && (
            <Text size="sm" c="dimmed">
              {rows
                ? `${formatCount(rows)} logged queries, ${monitoring.data.log_first_day} to ${monitoring.data.log_last_day} (UTC). `
                : "No query is logged yet. "}
              <Anchor component={Link} to={deploymentAddress(deployment_id, { tab: "test", endpoint: endpointId })} size="sm">
                Run & Test
              </Anchor>
            </Text>
          )}
        </div>
        {monitoring.isError ? (
          <Failure
            what="The monitoring could not be read"
            error={monitoring.error}
            retry={() => void monitoring.refetch()}
          />
        ) : !monitoring.data ? (
          <Skeleton height={90} role="status" aria-label="Loading the monitoring" />
        ) : monitoring.data.configured && !open ? (
          <Watching monitoring={monitoring.data} />
        ) : (
          <Configure monitoring={monitoring.data} />
        )}
      </Stack>
    </li>
  );
}
