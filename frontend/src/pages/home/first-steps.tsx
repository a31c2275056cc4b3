// What to do next where something is missing: a project, a saved model, a service, a deployment.
import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useNavigate } from "react-router";
import { act } from "../../api/client";
import type { Project, SavedModel, Service } from "../../api/model";
import { serviceAddress } from "../../parts/serving-addresses";
import { Command } from "../../parts/command";
import { Refusal } from "../../parts/refusal";

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

function NewProject() {
  const [key, setKey] = useState("");
  const [name, setName] = useState("");
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: () => act("post", "/api/v1/projects", { body: { key, name } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["projects"] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group gap="sm" align="start">
          <TextInput
            label="Key"
            description="Capital letters, digits and _"
            placeholder="SHOP"
            required
            value={key}
            onChange={(event) => setKey(event.currentTarget.value.toUpperCase())}
          />
          <TextInput
            label="Name"
            description="What people read; the key if empty"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </Group>
        {create.isError && <Refusal what="The project was not made" error={create.error} />}
        <Group>
          <Button type="submit" loading={create.isPending}>
            Create the project
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function FirstModel({ project }: { project: Project }) {
  const line = `wakeline.save_model(pipeline, project="${project.key}", name="my-model", reference=holdout, target="label")`;
  return (
    <Stack gap={6} maw={680}>
      <Text fw={600}>Next: save a trained model</Text>
      <Text size="sm">From Python, where the model is. Its reference rows are what drift is measured against.</Text>
      <Command line={line} />
      <Text size="sm" c="dimmed">
        It appears here as soon as it is uploaded.
      </Text>
    </Stack>
  );
}

export function FirstService({ project, models }: { project: Project; models: readonly SavedModel[] }) {
  const model = models[0]?.name ?? "";
  const proposal = proposeId(model);
  const [service, setService] = useState(proposal);
  const [endpoint, setEndpoint] = useState(proposal);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: async () => {
      const body = { project: project.key, service_id: service, endpoints: [{ endpoint_id: endpoint, kind: "prediction", model, version: "active" }] };
      return act("post", "/api/v1/services", { body });
    },
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["services"] });
      await navigate(serviceAddress(made.project, made.service_id));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm" maw={680}>
        <div>
          <Text fw={600}>Next: an API service that answers with {model}</Text>
          <Text size="sm" c="dimmed">
            Both names become part of the address that callers use.
          </Text>
        </div>
        <Group gap="sm" align="start">
          <TextInput label="Service" required value={service} onChange={(event) => setService(event.currentTarget.value)} />
          <TextInput label="Endpoint" required value={endpoint} onChange={(event) => setEndpoint(event.currentTarget.value)} />
        </Group>
        {create.isError && <Refusal what="The service was not made" error={create.error} />}
        <Group>
          <Button type="submit" loading={create.isPending}>
            Create the API service
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function FirstDeployment({ service }: { service: Service }) {
  return (
    <Stack gap={6} align="start">
      <Text size="sm">Nothing of this project is deployed yet.</Text>
      <Button component={Link} to={serviceAddress(service.project, service.service_id)}>
        {service.generations.length > 0 ? "Deploy" : "Publish and deploy"} {service.service_id}
      </Button>
    </Stack>
  );
}

function proposeId(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, "-").replace(/^[^a-z0-9]+/, "").slice(0, 63);
}
