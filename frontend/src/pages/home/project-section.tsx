// One project: its services and saved models by name, its deployments as rows, and a way to more services.
import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import type { ProjectOverview } from "../../api/model";
import { flowAddress } from "../../parts/flow-addresses";
import { serviceAddress } from "../../parts/serving-addresses";
import { useAsked } from "./asked";
import { DeploymentRow } from "./deployment-row";
import { NextStep } from "./first-steps";
import { NewService } from "./new-service";
import classes from "./page.module.css";

export function ProjectSection({ project }: { project: ProjectOverview }) {
  const heading = `project-${project.key}`;
  const { asked, link } = useAsked();
  const { key, name, deployments, models, services } = project;
  const open = asked?.kind === "service" && asked.project === key;
  return (
    <section className="card" aria-labelledby={heading}>
      <Stack gap="sm">
        <Group justify="space-between" align="baseline" gap="xs">
          <Group align="baseline" gap="sm">
            <Title order={2} id={heading}>
              {name}
            </Title>
            <Text size="sm" c="dimmed" ff="monospace">
              {key}
            </Text>
          </Group>
          <Group gap="sm">
            <Anchor component={Link} to={flowAddress(key)} size="sm">
              Flow
            </Anchor>
            {models.length > 0 && services.length > 0 && !open && (
              <Button component={Link} to={link({ kind: "service", project: key })} preventScrollReset variant="default" size="compact-sm">
                New API service
              </Button>
            )}
          </Group>
        </Group>
        <Things project={project} />
        {open && models.length > 0 && services.length > 0 && (
          <Stack gap="xs" className={classes.form ?? ""}>
            <Text fw={600}>New API service</Text>
            <NewService project={project} cancel={link(null)} />
          </Stack>
        )}
        {deployments.length > 0 ? (
          <ul className={classes.rows} aria-label={`Deployments of ${name}`}>
            {deployments.flatMap((deployment) =>
              deployment.endpoints.map((endpoint) => (
                <DeploymentRow
                  key={`${deployment.deployment_id}/${endpoint.endpoint_id}`}
                  project={key}
                  deployment={deployment}
                  endpoint={endpoint}
                />
              )),
            )}
          </ul>
        ) : (
          <NextStep project={project} />
        )}
      </Stack>
    </section>
  );
}

function Things({ project: { key, services, models } }: { project: ProjectOverview }) {
  if (services.length + models.length === 0) return null;
  return (
    <dl className={classes.things}>
      {services.length > 0 && (
        <div>
          <dt>API services</dt>
          {services.map(({ service_id }) => (
            <dd key={service_id}>
              <Anchor component={Link} to={serviceAddress(key, service_id)} size="sm">
                {service_id}
              </Anchor>
            </dd>
          ))}
        </div>
      )}
      {models.length > 0 && (
        <div>
          <dt>Saved models</dt>
          {models.map((model) => (
            <dd key={model.name}>
              <Anchor component={Link} to={flowAddress(key, { kind: "model", name: model.name })} size="sm">
                {model.name}
              </Anchor>
              {model.active_version && <Text span size="sm" c="dimmed">{` ${model.active_version}`}</Text>}
            </dd>
          ))}
        </div>
      )}
    </dl>
  );
}
