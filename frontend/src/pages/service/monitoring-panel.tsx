// The endpoint's deployments, each with what watches it; Configure makes what is missing.
import { Anchor, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { Deployment, Service } from "../../api/model";
import { useMonitorings } from "../../api/serving";
import { Failure } from "../../parts/failure";
import { findWorst, StateBadge } from "../../parts/node-state";
import { describeLog } from "../../parts/days";
import { deploymentAddress } from "../../parts/serving-addresses";
import { Configure, useOpenPlan } from "./configure";
import { Gone, type Removed } from "./removal";
import { Watching } from "./watching";
import classes from "./page.module.css";

interface Props {
  service: Service;
  endpoint: Service["endpoints"][number];
  deployments: readonly Deployment[];
}

export function MonitoringPanel({ service: { project, service_id }, endpoint, deployments }: Props) {
  const { endpoint_id, kind, model, version } = endpoint;
  const monitoring = useMonitorings({ project, service_id, endpoint_id });
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
          <Text size="sm">Not deployed yet: there is nothing to monitor. Publish and deploy a version above.</Text>
        ) : (
          <ul className={classes.list} aria-label={`Deployments of ${endpoint_id}`}>
            {here.map((deployment) => (
              <Deployed
                key={deployment.deployment_id}
                deployment={deployment}
                endpointId={endpoint_id}
                answer={monitoring}
              />
            ))}
          </ul>
        )}
      </Stack>
    </section>
  );
}

interface DeployedProps {
  deployment: Deployment;
  endpointId: string;
  answer: ReturnType<typeof useMonitorings>;
}

function Deployed({ deployment, endpointId, answer }: DeployedProps) {
  const { deployment_id, generation, infrastructure_id } = deployment;
  const monitoring = answer.data?.items.find((one) => one.deployment_id === deployment_id);
  const open = useOpenPlan(deployment_id);
  const rows = monitoring?.log_row_count;
  const [removed, setRemoved] = useState<Removed | null>(null);
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
          {monitoring && (
            <Text size="sm" c="dimmed">
              {rows
                ? `${describeLog(rows, monitoring.log_first_day, monitoring.log_last_day)} `
                : "No query is logged yet. "}
              <Anchor component={Link} to={deploymentAddress(deployment_id, { tab: "test", endpoint: endpointId })} size="sm">
                Run & Test
              </Anchor>
            </Text>
          )}
        </div>
        {removed && !open && <Gone removed={removed} monitoring={monitoring} />}
        {monitoring ? (
          monitoring.configured && !open ? (
            <Watching monitoring={monitoring} onRemoved={setRemoved} />
          ) : (
            <Configure monitoring={monitoring} />
          )
        ) : answer.isError ? (
          <Failure what="The monitoring could not be read" error={answer.error} retry={() => void answer.refetch()} />
        ) : answer.data ? (
          <Text size="sm">An endpoint of this kind has no model to compare with, so it cannot be monitored.</Text>
        ) : (
          <Skeleton height={90} role="status" aria-label="Loading the monitoring" />
        )}
      </Stack>
    </li>
  );
}
