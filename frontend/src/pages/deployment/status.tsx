// How a deployment is: its nodes, what its shipper reports, its endpoints with their monitoring.
import { Anchor, Group, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import type { DeployedEndpoint, Deployment } from "../../api/model";
import { useMonitorings } from "../../api/serving";
import { Command } from "../../parts/command";
import { evaluationAddress } from "../../parts/flow-addresses";
import { describeLog } from "../../parts/days";
import { Facts } from "../../parts/facts";
import { formatMoment } from "../../parts/moment";
import { StateBadge } from "../../parts/node-state";
import { formatCount } from "../../parts/readings";
import { readReport } from "../../parts/reports";
import { serviceAddress } from "../../parts/serving-addresses";
import { StatusBadge } from "../../parts/status-badge";
import { Wide } from "../../parts/wide";
import { describeWindow } from "../../parts/window-text";

export function Status({ deployment }: { deployment: Deployment }) {
  const monitoring = useMonitorings({ deployment_id: deployment.deployment_id });
  return (
    <Stack gap="md">
      {deployment.endpoints.map((endpoint) => (
        <Endpoint key={endpoint.endpoint_id} deployment={deployment} endpoint={endpoint} answer={monitoring} />
      ))}
      <Nodes deployment={deployment} />
      <Shipping deployment={deployment} />
    </Stack>
  );
}

interface EndpointProps {
  deployment: Deployment;
  endpoint: DeployedEndpoint;
  answer: ReturnType<typeof useMonitorings>;
}

function Endpoint({ deployment, endpoint, answer }: EndpointProps) {
  return (
    <section className="card" aria-label={`Endpoint ${endpoint.endpoint_id}`}>
      <Stack gap="sm">
        <div>
          <Title order={2}>{endpoint.endpoint_id}</Title>
          <Text size="sm" c="dimmed">
            {`${endpoint.kind} by ${endpoint.model} ${endpoint.model_version}. Callers post to:`}
          </Text>
        </div>
        <Command line={endpoint.url} />
        <Watched deployment={deployment} endpoint={endpoint} answer={answer} />
      </Stack>
    </section>
  );
}

function Watched({ deployment, endpoint, answer }: EndpointProps) {
  const monitoring = answer.data?.items.find((one) => one.endpoint_id === endpoint.endpoint_id);
  if (answer.isError) {
    return (
      <Text size="sm" role="note">
        Its monitoring cannot be read: {answer.error.message}
      </Text>
    );
  }
  if (!answer.data) return <Skeleton height={22} role="status" aria-label="Loading the monitoring" />;
  if (!monitoring) return null;
  const panel = serviceAddress(deployment.project, deployment.service_id, {
    endpoint: endpoint.endpoint_id,
    ...(!monitoring.configured && { configure: deployment.deployment_id }),
  });
  const { configured, status, latest, log_row_count, log_first_day, log_last_day } = monitoring;
  return (
    <Stack gap={6}>
      <Text size="sm">
        {log_row_count
          ? `${describeLog(log_row_count, log_first_day, log_last_day)} `
          : "No query is logged yet. "}
        <Anchor component={Link} to={panel} size="sm">
          {configured ? "Monitoring" : "Configure monitoring"}
        </Anchor>
      </Text>
      {latest && (
        <Group gap="xs" align="baseline">
          <StatusBadge status={status ?? latest.status} />
          <Anchor component={Link} to={evaluationAddress(latest.id)} size="sm">
            {describeWindow(latest.window)}
          </Anchor>
          <Text size="sm" c="dimmed">
            {latest.sentence}
          </Text>
        </Group>
      )}
    </Stack>
  );
}

function Nodes({ deployment }: { deployment: Deployment }) {
  return (
    <section className="card" aria-labelledby="nodes">
      <Title order={2} id="nodes" mb="xs">
        Nodes
      </Title>
      {deployment.nodes.length === 0 ? (
        <Text size="sm">No node runs this deployment.</Text>
      ) : (
        <Wide label="The deployment's nodes">
          <Table miw={560}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Node</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th>Address</Table.Th>
                <Table.Th ta="right">Process</Table.Th>
                <Table.Th ta="right">Restarts</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {deployment.nodes.map((node) => (
                <Table.Tr key={node.node_id}>
                  <Table.Td>{node.node_id}</Table.Td>
                  <Table.Td>
                    <StateBadge state={node.state} />
                  </Table.Td>
                  <Table.Td ff="monospace">{node.url}</Table.Td>
                  <Table.Td ta="right">{node.pid ?? "–"}</Table.Td>
                  <Table.Td ta="right">{node.restarts}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      )}
    </section>
  );
}

function Shipping({ deployment }: { deployment: Deployment }) {
  const report = deployment.shipper ? readReport(deployment.shipper) : null;
  return (
    <section className="card" aria-labelledby="shipping">
      <Title order={2} id="shipping" mb="xs">
        Events on their way to the log
      </Title>
      {report ? (
        <Stack gap="xs">
          <Facts
            facts={[
              ["Shipped", formatCount(report.shipped)],
              ["Waiting in the spool", formatCount(report.spooled)],
              ["Oldest waiting", report.oldestSeconds === null ? "–" : `${report.oldestSeconds.toFixed(1)} s`],
              ["Dropped", formatCount(report.dropped)],
              ["Dead letters", formatCount(report.deadLetters)],
              ["Reported", report.updatedAt === null ? "–" : formatMoment(report.updatedAt)],
            ]}
          />
          {report.lastError !== null && (
            <Text size="sm" role="note">
              Last error: {report.lastError}
            </Text>
          )}
        </Stack>
      ) : (
        <Text size="sm">The shipper has not reported yet.</Text>
      )}
    </section>
  );
}
