// One deployment: how it is, a query to try, code to call it, what it answered, its settings. Tab and endpoint stand in the address.
import { Anchor, Group, NativeSelect, Skeleton, Stack, Text, Title } from "@mantine/core";
import { Link, useParams, useSearchParams } from "react-router";
import { ProblemError } from "../../api/client";
import type { DeployedEndpoint, Deployment } from "../../api/model";
import { useDeployment } from "../../api/serving";
import { deploymentAddress, serviceAddress } from "../../parts/serving-addresses";
import { Failure } from "../../parts/failure";
import { findWorst, StateBadge } from "../../parts/node-state";
import { TabLinks } from "../../parts/tab-links";
import { Trail } from "../../parts/trail";
import { Activity } from "./activity";
import { RunAndTest } from "./run-and-test";
import { SampleCode } from "./sample-code";
import { Settings } from "./settings";
import { Status } from "./status";
import { Tail } from "./tail";

const TABS = [
  { name: "status", title: "Status" },
  { name: "test", title: "Run & Test" },
  { name: "code", title: "Sample code" },
  { name: "activity", title: "Activity" },
  { name: "tail", title: "Tail of the log" },
  { name: "settings", title: "Settings" },
] as const;

export function DeploymentPage() {
  const { deployment: id = "" } = useParams();
  const deployment = useDeployment(id);
  return (
    <Stack gap="md" maw={1280} mx="auto">
      <title>{`${id} · Deployment · Wakeline`}</title>
      {deployment.data ? (
        <Present deployment={deployment.data} />
      ) : deployment.isError ? (
        <Unknown id={id} error={deployment.error} retry={() => void deployment.refetch()} />
      ) : (
        <Stack role="status" aria-label="Loading the deployment">
          <Skeleton height={80} />
          <Skeleton height={360} />
        </Stack>
      )}
    </Stack>
  );
}

function Present({ deployment }: { deployment: Deployment }) {
  const [parameters, setParameters] = useSearchParams();
  const tab = TABS.find(({ name }) => name === parameters.get("tab"))?.name ?? "status";
  const asked = parameters.get("endpoint");
  const endpoint = deployment.endpoints.find((one) => one.endpoint_id === asked) ?? deployment.endpoints[0];
  const { deployment_id, project, service_id } = deployment;
  const kept = asked === null ? {} : { endpoint: asked };
  return (
    <>
      <Stack gap={4}>
        <Trail
          steps={[
            { title: "Projects", to: "/" },
            { title: service_id, to: serviceAddress(project, service_id) },
          ]}
        />
        <Group justify="space-between" align="end" gap="sm">
          <div style={{ minWidth: 0 }}>
            <Group gap="sm">
              <Title order={1} style={{ overflowWrap: "anywhere" }}>
                {deployment_id}
              </Title>
              <StateBadge state={findWorst(deployment.nodes.map((node) => node.state))} />
            </Group>
            <Text size="sm" c="dimmed">
              {`${deployment.generation} of ${service_id}, project ${project}, on ${deployment.infrastructure_id}`}
            </Text>
          </div>
          {deployment.endpoints.length > 1 && endpoint && (
            <NativeSelect
              label="Endpoint"
              data={deployment.endpoints.map((one) => one.endpoint_id)}
              value={endpoint.endpoint_id}
              onChange={(event) => setParameters({ tab, endpoint: event.currentTarget.value })}
            />
          )}
        </Group>
      </Stack>
      <TabLinks
        label="Parts of the deployment"
        current={tab}
        tabs={TABS.map((one) => ({ ...one, to: deploymentAddress(deployment_id, { tab: one.name, ...kept }) }))}
      />
      {endpoint && <Tab tab={tab} deployment={deployment} endpoint={endpoint} />}
    </>
  );
}

interface TabProps {
  tab: (typeof TABS)[number]["name"];
  deployment: Deployment;
  endpoint: DeployedEndpoint;
}

function Tab({ tab, deployment, endpoint }: TabProps) {
  const key = `${deployment.deployment_id}/${endpoint.endpoint_id}/${endpoint.model_version}`;
  switch (tab) {
    case "status":
      return <Status deployment={deployment} />;
    case "test":
      return <RunAndTest key={key} deployment={deployment} endpoint={endpoint} />;
    case "code":
      return <SampleCode key={key} deployment={deployment} endpoint={endpoint} />;
    case "activity":
      return <Activity key={key} deployment={deployment} endpoint={endpoint} />;
    case "tail":
      return <Tail key={key} deployment={deployment} endpoint={endpoint} />;
    case "settings":
      return <Settings key={deployment.deployment_id} deployment={deployment} />;
  }
}

function Unknown({ id, error, retry }: { id: string; error: Error; retry: () => void }) {
  if (!(error instanceof ProblemError) || error.status !== 404) {
    return <Failure what="The deployment could not be read" error={error} retry={retry} />;
  }
  return (
    <Stack gap="xs">
      <Title order={1}>There is no deployment {id}</Title>
      <Text>
        It may have been deleted.{" "}
        <Anchor component={Link} to="/">
          See the deployments that there are
        </Anchor>
      </Text>
    </Stack>
  );
}
