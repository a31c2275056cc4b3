// An API service: its endpoints, the monitoring and the test queries of the chosen one, its versions. The endpoint stands in the address.
import { Anchor, Skeleton, Stack, Text, Title } from "@mantine/core";
import { Link, useParams, useSearchParams } from "react-router";
import { ProblemError } from "../../api/client";
import type { Deployment, Service } from "../../api/model";
import { useDeployments, useService } from "../../api/serving";
import { Failure } from "../../parts/failure";
import { TabLinks } from "../../parts/tab-links";
import { Trail } from "../../parts/trail";
import { serviceAddress } from "../../parts/serving-addresses";
import { MonitoringPanel } from "./monitoring-panel";
import { TestQueries } from "./test-queries";
import { Versions } from "./versions";

export function ServicePage() {
  const { project = "", service: id = "" } = useParams();
  const service = useService(project, id);
  const deployments = useDeployments();
  const failed = [service, deployments].find((answer) => answer.isError);
  return (
    <Stack gap="md" maw={1280} mx="auto">
      <title>{`${id} · API service · Wakeline`}</title>
      {failed?.error ? (
        <Unknown id={id} error={failed.error} retry={() => void failed.refetch()} />
      ) : service.data && deployments.data ? (
        <Present
          service={service.data}
          deployments={deployments.data.items.filter((one) => one.project === project && one.service_id === id)}
        />
      ) : (
        <Stack role="status" aria-label="Loading the service">
          <Skeleton height={70} />
          <Skeleton height={240} />
          <Skeleton height={180} />
        </Stack>
      )}
    </Stack>
  );
}

function Present({ service, deployments }: { service: Service; deployments: readonly Deployment[] }) {
  const [parameters] = useSearchParams();
  const { project, service_id, endpoints, generations } = service;
  const chosen = endpoints.find((one) => one.endpoint_id === parameters.get("endpoint")) ?? endpoints[0];
  const versions = <Versions key="versions" service={service} deployments={deployments} />;
  return (
    <>
      <Stack gap={4}>
        <Trail steps={[{ title: "Projects", to: "/" }]} />
        <Title order={1} style={{ overflowWrap: "anywhere" }}>
          {service_id}
        </Title>
        <Text size="sm" c="dimmed">
          {`API service of ${project}, ${count(endpoints.length, "endpoint")}, ${count(generations.length, "version")}.`}
        </Text>
      </Stack>
      {endpoints.length > 1 && (
        <TabLinks
          label="Endpoints"
          current={chosen?.endpoint_id ?? ""}
          tabs={endpoints.map(({ endpoint_id }) => ({
            name: endpoint_id,
            title: endpoint_id,
            to: serviceAddress(project, service_id, { endpoint: endpoint_id }),
          }))}
        />
      )}
      {deployments.length === 0 && versions}
      {chosen && <MonitoringPanel key={chosen.endpoint_id} service={service} endpoint={chosen} deployments={deployments} />}
      {chosen && <TestQueries key={`${chosen.endpoint_id} queries`} service={service} endpoint={chosen} deployments={deployments} />}
      {deployments.length > 0 && versions}
    </>
  );
}

function Unknown({ id, error, retry }: { id: string; error: Error; retry: () => void }) {
  if (!(error instanceof ProblemError) || error.status !== 404) {
    return <Failure what="The service could not be read" error={error} retry={retry} />;
  }
  return (
    <Stack gap="xs">
      <Title order={1}>There is no API service {id}</Title>
      <Text>
        It may have another project.{" "}
        <Anchor component={Link} to="/">
          See the services that there are
        </Anchor>
      </Text>
    </Stack>
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
