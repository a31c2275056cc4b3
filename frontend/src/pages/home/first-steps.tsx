// What to do next where something is missing: a project, a saved model, a service, a deployment.
import { Button, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import type { ProjectOverview } from "../../api/model";
import { CodeBlock } from "../../parts/code";
import { Command } from "../../parts/command";
import { findServer } from "../../parts/server-address";
import { serviceAddress } from "../../parts/serving-addresses";
import { NewProject } from "./new-project";
import { NewService } from "./new-service";

export function FirstProject() {
  return (
    <section className="card" style={{ maxWidth: 760 }}>
      <Stack gap="lg" maw={680}>
        <div>
          <Title order={2}>Nothing is served yet</Title>
          <Text c="dimmed" size="sm">
            Two ways to the first monitored endpoint:
          </Text>
        </div>
        <Stack gap={6}>
          <Text fw={600}>See it work on real flights</Text>
          <Text size="sm">Trains a model, deploys it, replays nine months of queries, and evaluates each month:</Text>
          <Command line="wakeline demo" />
        </Stack>
        <Stack gap={6}>
          <Text fw={600}>Start a project of your own</Text>
          <Text size="sm">It will own your saved models, services, logs and evaluations.</Text>
          <NewProject />
        </Stack>
      </Stack>
    </section>
  );
}

/** Of a project that has no deployment. */
export function NextStep({ project }: { project: ProjectOverview }) {
  const service = project.services[0];
  if (project.models.length === 0) return <FirstModel project={project} />;
  if (service === undefined) {
    return (
      <Stack gap="xs">
        <Text fw={600}>Next: an API service that answers with a saved model</Text>
        <NewService project={project} />
      </Stack>
    );
  }
  return (
    <Stack gap={6} align="start">
      <Text size="sm">Nothing of this project is deployed.</Text>
      <Button component={Link} to={serviceAddress(project.key, service.service_id)}>
        {service.generation_count > 0 ? "Deploy" : "Publish and deploy"} {service.service_id}
      </Button>
    </Stack>
  );
}

function FirstModel({ project }: { project: ProjectOverview }) {
  return (
    <Stack gap={6} maw={680}>
      <Text fw={600}>Next: save a trained model</Text>
      <Text size="sm">From Python, where the model is. Its reference rows are what drift is measured against.</Text>
      <CodeBlock text={writeSave(project.key)} label={`Python that saves a model of ${project.key}`} />
      <Text size="sm" c="dimmed">
        It appears here as soon as it is uploaded.
      </Text>
    </Stack>
  );
}

/** The client finds a server of the usual address by itself. */
function writeSave(project: string): string {
  const server = findServer();
  const values = [
    "pipeline",
    `project="${project}"`,
    'name="my-model"',
    "reference=holdout",
    'target="label"',
    ...(server === null ? [] : [`client=wakeline.Client("${server}")`]),
  ];
  return ["import wakeline", "", "wakeline.save_model(", ...values.map((value) => `    ${value},`), ")"].join("\n");
}
