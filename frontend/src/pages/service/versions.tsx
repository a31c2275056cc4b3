// The service's versions, newest first: what each answers with, where it runs; publish another, deploy one.
import { Alert, Anchor, Button, Group, NativeSelect, Skeleton, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useNavigate } from "react-router";
import { act, get } from "../../api/client";
import type { Deployment, Service } from "../../api/model";
import { useDeployments, useGenerations } from "../../api/serving";
import { Failure } from "../../parts/failure";
import { formatMoment } from "../../parts/moment";
import { Refusal } from "../../parts/refusal";
import { deploymentAddress } from "../../parts/serving-addresses";
import { Wide } from "../../parts/wide";

const VERSIONS_SHOWN = 8;

interface Props {
  service: Service;
  deployments: readonly Deployment[];
}

export function Versions({ service, deployments }: Props) {
  const { project, service_id } = service;
  const versions = useGenerations(project, service_id);
  const known = versions.data?.items ?? [];
  const shown = known.toReversed().slice(0, VERSIONS_SHOWN);
  return (
    <section className="card" aria-labelledby="versions">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <Title order={2} id="versions">
            Versions
          </Title>
          <Publish service={service} />
        </Group>
        {versions.isError ? (
          <Failure what="The versions could not be listed" error={versions.error} retry={() => void versions.refetch()} />
        ) : !versions.data ? (
          <Skeleton height={90} role="status" aria-label="Loading the versions" />
        ) : shown.length === 0 ? (
          <Text size="sm">
            Nothing is published yet. A version packs the endpoints with their models, and never changes afterwards.
          </Text>
        ) : (
          <Wide label="Versions of the service">
            <Table miw={560}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Version</Table.Th>
                  <Table.Th>Answers with</Table.Th>
                  <Table.Th>Published</Table.Th>
                  <Table.Th>Runs on</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {shown.map(({ generation, endpoints, created_at }) => (
                  <Table.Tr key={generation}>
                    <Table.Td fw={600}>{generation}</Table.Td>
                    <Table.Td>
                      {endpoints.map((one) => `${one.endpoint_id}: ${one.model} ${one.model_version}`).join(", ")}
                    </Table.Td>
                    <Table.Td>{formatMoment(created_at)}</Table.Td>
                    <Table.Td>
                      <RunsOn deployments={deployments.filter((one) => one.generation === generation)} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Wide>
        )}
        {known.length > shown.length && (
          <Text size="sm" c="dimmed">
            The latest {shown.length} of {known.length}.
          </Text>
        )}
        {service.generations.length > 0 && <Deploy service={service} first={deployments.length === 0} />}
      </Stack>
    </section>
  );
}

function RunsOn({ deployments }: { deployments: readonly Deployment[] }) {
  if (deployments.length === 0) return <>–</>;
  return (
    <Group gap="xs">
      {deployments.map(({ deployment_id }) => (
        <Anchor key={deployment_id} component={Link} to={deploymentAddress(deployment_id)} size="sm">
          {deployment_id}
        </Anchor>
      ))}
    </Group>
  );
}

function Publish({ service }: { service: Service }) {
  const queries = useQueryClient();
  const publish = useMutation({
    mutationFn: () =>
      act("post", "/api/v1/services/{project}/{service_id}/actions/publish", {
        path: { project: service.project, service_id: service.service_id },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["services"] }),
  });
  return (
    <>
      <Button
        variant={service.generations.length === 0 ? "filled" : "default"}
        size="sm"
        loading={publish.isPending}
        onClick={() => publish.mutate()}
      >
        Publish a version
      </Button>
      {publish.isError && <Refusal what="Nothing was published" error={publish.error} />}
      {publish.isSuccess && (
        <Alert color="teal" role="status" w="100%">
          <Text size="sm">{publish.data.generation} is published.</Text>
        </Alert>
      )}
    </>
  );
}

function Deploy({ service, first }: { service: Service; first: boolean }) {
  const [open, setOpen] = useState(first);
  if (open) return <DeployForm service={service} />;
  return (
    <Group>
      <Button variant="default" size="sm" onClick={() => setOpen(true)}>
        New deployment
      </Button>
    </Group>
  );
}

function DeployForm({ service }: { service: Service }) {
  const { project, service_id, generations } = service;
  const [generation, setGeneration] = useState<string>();
  const [infrastructure, setInfrastructure] = useState("local");
  const [typed, setTyped] = useState<string>();
  const others = useDeployments().data?.items ?? [];
  const id = typed ?? proposeId(`${project}-on-${infrastructure}`, others);
  const infrastructures = useQuery({
    queryKey: ["infrastructures"],
    queryFn: ({ signal }) => get("/api/v1/infrastructures", { signal }),
  });
  const queries = useQueryClient();
  const navigate = useNavigate();
  const newest = generations.at(-1) ?? "";
  const deploy = useMutation({
    mutationFn: () =>
      act("post", "/api/v1/deployments", {
        body: {
          project,
          service_id,
          generation: generation ?? newest,
          infrastructure_id: infrastructure,
          deployment_id: id,
        },
      }),
    onSuccess: async ({ deployment_id }) => {
      await queries.invalidateQueries();
      await navigate(deploymentAddress(deployment_id));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deploy.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="New deployment">
      <Stack gap="sm">
        <Text fw={600}>New deployment</Text>
        <Group gap="sm" align="start">
          <NativeSelect
            label="Version"
            data={generations.toReversed()}
            value={generation ?? newest}
            onChange={(event) => setGeneration(event.currentTarget.value)}
          />
          <NativeSelect
            label="Infrastructure"
            data={infrastructures.data?.items.map((one) => one.id) ?? ["local"]}
            value={infrastructure}
            onChange={(event) => setInfrastructure(event.currentTarget.value)}
          />
          <TextInput
            label="Id"
            required
            withAsterisk={false}
            w={260}
            value={id}
            error={others.some((one) => isSame(one.deployment_id, id)) ? "There is one already; give another id" : undefined}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </Group>
        {deploy.isError && <Refusal what="Nothing was deployed" error={deploy.error} />}
        <Group gap="sm">
          <Button type="submit" loading={deploy.isPending}>
            Deploy
          </Button>
          <Text size="sm" c="dimmed" flex={1}>
            Answers when the deployment's node does.
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

function proposeId(wanted: string, others: readonly Deployment[]): string {
  let id = wanted;
  for (let number = 2; others.some((one) => isSame(one.deployment_id, id)); number += 1) id = `${wanted}-${number}`;
  return id;
}

/** Letters of either case are one id. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
