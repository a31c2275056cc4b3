// Where services run, what holds there by default, and what runs there.
import { Anchor, Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { Link, useSearchParams } from "react-router";
import { useInfrastructures } from "../../api/administration";
import type { Deployment, Infrastructure } from "../../api/model";
import { useDeployments } from "../../api/serving";
import { Facts } from "../../parts/facts";
import { formatMoment } from "../../parts/moment";
import { Section } from "../../parts/section";
import { deploymentAddress } from "../../parts/serving-addresses";
import { InfrastructureForm } from "./infrastructure-form";
import { SWITCHES } from "./switches";

const NAME = "infrastructure";

export function Infrastructures() {
  const infrastructures = useInfrastructures();
  const deployments = useDeployments();
  return (
    <Section title="Infrastructures" answer={infrastructures}>
      {({ items }) => (
        <Stack gap="lg">
          <Text size="sm" c="dimmed">
            Where services run. What stands here holds for every deployment on it that does not set its own.
          </Text>
          {items.map((one) => (
            <One
              key={one.id}
              infrastructure={one}
              deployments={deployments.data?.items.filter(({ infrastructure_id }) => infrastructure_id === one.id) ?? []}
            />
          ))}
        </Stack>
      )}
    </Section>
  );
}

function One({ infrastructure, deployments }: { infrastructure: Infrastructure; deployments: readonly Deployment[] }) {
  const [parameters, setParameters] = useSearchParams();
  const { id, type, stage, event_servers: servers, reporting_key: key } = infrastructure;
  const changing = parameters.get(NAME) === id;
  const close = () => {
    parameters.delete(NAME);
    setParameters(parameters, { preventScrollReset: true });
  };
  return (
    <article aria-label={`Infrastructure ${id}`}>
      <Group justify="space-between" gap="xs" mb="xs">
        <Group gap="xs">
          <Title order={3} size="h4">
            {id}
          </Title>
          <Badge color="gray">{stage}</Badge>
        </Group>
        {!changing && (
          <Button
            component={Link}
            to={`?${NAME}=${encodeURIComponent(id)}`}
            preventScrollReset
            size="xs"
            variant="default"
            leftSection={<IconPencil size={14} aria-hidden />}
            aria-label={`Change ${id}`}
          >
            Change
          </Button>
        )}
      </Group>
      {changing ? (
        <InfrastructureForm infrastructure={infrastructure} deployments={deployments} close={close} />
      ) : (
        <Facts
          facts={[
            ["Runs", type === "local" ? "API nodes on this machine" : type],
            ["Event servers", servers === null ? "this home's own" : servers.join(", ")],
            ["Reporting key", key.source === "home" ? "this home's key" : `its own, ends in …${key.ending ?? ""}`],
            ...(infrastructure.ca_file === null ? [] : [["Verified by", infrastructure.ca_file] as [string, string]]),
            ...SWITCHES.map(([name, title]): [string, string] => [title, infrastructure[name] ? "on" : "off"]),
            ["Made", formatMoment(infrastructure.created_at)],
            ["Deployments", <Deployed key="deployments" deployments={deployments} />],
          ]}
        />
      )}
    </article>
  );
}

function Deployed({ deployments }: { deployments: readonly Deployment[] }) {
  if (deployments.length === 0) return <>none yet</>;
  return (
    <Group gap="xs">
      {deployments.map(({ deployment_id: id, inherited }) => (
        <span key={id}>
          <Anchor component={Link} to={deploymentAddress(id)} size="sm">
            {id}
          </Anchor>
          {inherited.length < SWITCHES.length && (
            <Text span size="xs" c="dimmed">
              {` (${SWITCHES.flatMap(([name, title]) => (inherited.includes(name) ? [] : [title.toLowerCase()])).join(", ")}: its own)`}
            </Text>
          )}
        </span>
      ))}
    </Group>
  );
}
