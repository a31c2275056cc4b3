// What a deployment logs, how safely, and which generation it runs, and a way to take it away. The node restarts where something changes.
import { Alert, Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { act } from "../../api/client";
import type { Deployment } from "../../api/model";
import { useService } from "../../api/serving";
import { Refusal } from "../../parts/refusal";
import { Deletion } from "./deletion";

type SettingsDocument = Deployment["settings"];

const SWITCHES = [
  ["log_queries", "Log queries", "Without it nothing of this deployment reaches the log."],
  ["log_inputs", "Log inputs", "The features, as they were scored; drift of inputs needs them."],
  ["log_outputs", "Log outputs", "Predictions and probabilities."],
  ["client_event_time", "Honour the callers' own event time", "Header X-Wakeline-Event-Time; refused with 403 where this is off."],
] as const;
const LOG_SWITCHES = ["log_queries", "log_inputs", "log_outputs"] as const;
const MEBIBYTE = 1024 * 1024;
const DURABILITIES = [
  { value: "buffered", label: "buffered: on disk within 50 ms" },
  { value: "written", label: "written: committed before the answer leaves" },
  { value: "fsync", label: "fsync: the answer waits for the disk" },
];
const WHEN_FULL = [
  { value: "drop_oldest", label: "drop the oldest events" },
  { value: "drop_newest", label: "drop the newest events" },
  { value: "refuse", label: "refuse queries (503)" },
];

export function Settings({ deployment }: { deployment: Deployment }) {
  return (
    <Stack gap="md">
      <Logging deployment={deployment} />
      <GenerationChoice deployment={deployment} />
      <Deletion deployment={deployment} />
    </Stack>
  );
}

function Logging({ deployment }: { deployment: Deployment }) {
  const [changes, setChanges] = useState<SettingsDocument>({});
  const queries = useQueryClient();
  const settings: SettingsDocument = { ...deployment.settings, ...changes };
  const names = Object.keys(changes).filter((name) => changes[name] !== deployment.settings[name]);
  const save = useMutation({
    mutationFn: () =>
      act("patch", "/api/v1/deployments/{deployment_id}", {
        path: { deployment_id: deployment.deployment_id },
        body: { settings: changes },
      }),
    onSuccess: (answer) => {
      queries.setQueryData(["deployments", deployment.deployment_id], answer);
      setChanges({});
    },
  });
  const own = LOG_SWITCHES.filter((name) => !deployment.inherited.includes(name));
  const follow = useMutation({
    mutationFn: () =>
      act("patch", "/api/v1/deployments/{deployment_id}", {
        path: { deployment_id: deployment.deployment_id },
        body: { settings: Object.fromEntries(own.map((name) => [name, null])) },
      }),
    onSuccess: (answer) => {
      queries.setQueryData(["deployments", deployment.deployment_id], answer);
      setChanges({});
    },
  });
  const set = (name: string, value: SettingsDocument[string]) => {
    save.reset();
    setChanges((now) => ({ ...now, [name]: value }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className="card" aria-label="Logging">
      <Stack gap="md" maw={640}>
        <Title order={2}>Logging</Title>
        {SWITCHES.map(([name, title, text]) => (
          <Checkbox
            key={name}
            label={title}
            description={
              <>
                {text} {name !== "client_event_time" && describeSource(deployment, name, name in changes)}
              </>
            }
            checked={settings[name] === true}
            onChange={(event) => set(name, event.currentTarget.checked)}
          />
        ))}
        {own.length > 0 && (
          <Group>
            <Button size="xs" variant="default" loading={follow.isPending} onClick={() => follow.mutate()}>
              {`Let the log switches follow ${deployment.infrastructure_id}`}
            </Button>
          </Group>
        )}
        {follow.isError && <Refusal what="The settings were not changed" error={follow.error} />}
        <TextInput
          label="Share of queries that are logged"
          description="Above 0, up to 1"
          type="number"
          min={0.001}
          max={1}
          step="any"
          required
          w={300}
          value={typeof settings["sample_rate"] === "number" ? settings["sample_rate"] : ""}
          onChange={(event) => {
            const value = event.currentTarget.valueAsNumber;
            set("sample_rate", Number.isNaN(value) ? null : value);
          }}
        />
        <NativeSelect
          label="Durability"
          description="When a query's event is safe"
          data={DURABILITIES}
          value={String(settings["durability"])}
          onChange={(event) => set("durability", event.currentTarget.value)}
        />
        <TextInput
          label="Size of the spool, at most (MiB)"
          description="Answered events wait in it until they are shipped"
          type="number"
          min={1}
          step="any"
          required
          w={300}
          value={typeof settings["spool_bytes_max"] === "number" ? settings["spool_bytes_max"] / MEBIBYTE : ""}
          onChange={(event) => {
            const value = event.currentTarget.valueAsNumber;
            set("spool_bytes_max", Number.isNaN(value) ? null : Math.round(value * MEBIBYTE));
          }}
        />
        <NativeSelect
          label="When the spool is full"
          data={WHEN_FULL}
          value={String(settings["when_full"])}
          onChange={(event) => set("when_full", event.currentTarget.value)}
        />
        {save.isError && <Refusal what="The settings were not changed" error={save.error} />}
        {save.isSuccess && <Done text="Saved; the node runs with the new settings." />}
        <Group gap="sm">
          <Button type="submit" disabled={names.length === 0} loading={save.isPending}>
            Save
          </Button>
          <Text size="sm" c="dimmed">
            {names.length === 0 ? "Nothing is changed." : "The node restarts with the new settings."}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

/** Whose word holds. */
function describeSource({ inherited, infrastructure_id: infrastructure }: Deployment, name: string, changed: boolean): string {
  return inherited.includes(name) && !changed ? `As the infrastructure ${infrastructure} says.` : "Set for this deployment alone.";
}

function GenerationChoice({ deployment }: { deployment: Deployment }) {
  const service = useService(deployment.project, deployment.service_id);
  const [chosen, setChosen] = useState<string>();
  const queries = useQueryClient();
  const deploy = useMutation({
    mutationFn: (generation: string) =>
      act("post", "/api/v1/deployments/{deployment_id}/actions/deploy", {
        path: { deployment_id: deployment.deployment_id },
        body: { generation },
      }),
    onSuccess: (answer) => queries.setQueryData(["deployments", deployment.deployment_id], answer),
  });
  const generation = chosen ?? deployment.generation;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    deploy.mutate(generation);
  };
  return (
    <form onSubmit={submit} className="card" aria-label="Generation">
      <Stack gap="md" maw={640}>
        <Title order={2}>Generation</Title>
        <NativeSelect
          label="Version of the service on this deployment"
          description={`Now ${deployment.generation}`}
          data={service.data?.generations.toReversed() ?? [deployment.generation]}
          value={generation}
          onChange={(event) => {
            deploy.reset();
            setChosen(event.currentTarget.value);
          }}
        />
        {deploy.isError && <Refusal what="The generation was not deployed" error={deploy.error} />}
        {deploy.isSuccess && <Done text={`${deploy.data.generation} is deployed.`} />}
        <Group>
          <Button type="submit" disabled={generation === deployment.generation} loading={deploy.isPending}>
            Deploy {generation}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Done({ text }: { text: string }) {
  return (
    <Alert color="teal" role="status" icon={<IconCheck size={18} aria-hidden />}>
      <Text size="sm">{text}</Text>
    </Alert>
  );
}
