// One project: its services and saved models by name, its deployments as rows.
import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import type { Deployment, Project, SavedModel, Service } from "../../api/model";
import { serviceAddress } from "../../parts/serving-addresses";
import { DeploymentRow } from "./deployment-row";
import { FirstDeployment, FirstModel, FirstService } from "./first-steps";
import classes from "./page.module.css";

interface Props {
  project: Project;
  deployments: readonly Deployment[];
  services: readonly Service[];
  models: readonly SavedModel[];
}

export function ProjectSection({ project, deployments, services, models }: Props) {
  const heading = `project-${project.key}`;
  return (
    <section className="card" aria-labelledby={heading}>
      <Stack gap="sm">
        <Group justify="space-between" align="baseline" gap="xs">
          <Title order={2} id={heading}>
            {project.name}
          </Title>
          <Text size="sm" c="dimmed" ff="monospace">
            {project.key}
          </Text>
        </Group>
        <Things services={services} models={models} />
        {deployments.length > 0 ? (
          <ul className={classes.rows} aria-label={`Deployments of ${project.name}`}>
            {deployments.flatMap((deployment) =>
              deployment.endpoints.map((endpoint) => (
                <DeploymentRow
                  key={`${deployment.deployment_id}/${endpoint.endpoint_id}`}
                  deployment={deployment}
                  endpoint={endpoint}
                />
              )),
            )}
          </ul>
        ) : (
          <NextStep project={project} services={services} models={models} />
        )}
      </Stack>
    </section>
  );
}

function Things({ services, models }: Pick<Props, "services" | "models">) {
  if (services.length + models.length === 0) return null;
  return (
    <dl className={classes.things}>
      {services.length > 0 && (
        <div>
          <dt>API services</dt>
          {services.map((service) => (
            <dd key={service.service_id}>
              <Anchor component={Link} to={serviceAddress(service.project, service.service_id)} size="sm">
                {service.service_id}
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
              {model.name}
              {model.active_version && <Text span size="sm" c="dimmed">{` ${model.active_version}`}</Text>}
            </dd>
          ))}
        </div>
      )}
    </dl>
  );
}

function NextStep({ project, services, models }: Pick<Props, "project" | "services" | "models">) {
  const service = services[0];
  if (service) return <FirstDeployment service={service} />;
  return models.length > 0 ? <FirstService project={project} models={models} /> : <FirstModel project={project} />;
}
