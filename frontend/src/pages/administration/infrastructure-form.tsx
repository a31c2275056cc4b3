// The defaults of an infrastructure, to be changed; which nodes restart is said before and after.
import { Alert, Button, Checkbox, Group, NativeSelect, PasswordInput, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { act } from "../../api/client";
import type { Deployment, Infrastructure } from "../../api/model";
import { Refusal } from "../../parts/refusal";
import { SWITCHES } from "./switches";

const KEYS = { home: "this home's key", keep: "its own, as it is", fresh: "another key of its own" } as const;

type KeyChoice = keyof typeof KEYS;

interface Props {
  infrastructure: Infrastructure;
  deployments: readonly Deployment[];
  close: () => void;
}

export function InfrastructureForm({ infrastructure, deployments, close }: Props) {
  const own = infrastructure.reporting_key.source === "own";
  const [draft, setDraft] = useState({
    stage: infrastructure.stage,
    servers: (infrastructure.event_servers ?? []).join("\n"),
    elsewhere: infrastructure.event_servers !== null,
    keyChoice: (own ? "keep" : "home") as KeyChoice,
    key: "",
    log_queries: infrastructure.log_queries,
    log_inputs: infrastructure.log_inputs,
    log_outputs: infrastructure.log_outputs,
  });
  const set = (change: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...change }));
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      act("patch", "/api/v1/infrastructures/{infrastructure_id}", {
        path: { infrastructure_id: infrastructure.id },
        body: {
          stage: draft.stage,
          event_servers: draft.elsewhere ? draft.servers.split("\n").filter((line) => line.trim() !== "") : null,
          ...(draft.keyChoice === "keep" ? {} : { reporting_key: draft.keyChoice === "fresh" ? draft.key : null }),
          log_queries: draft.log_queries,
          log_inputs: draft.log_inputs,
          log_outputs: draft.log_outputs,
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["infrastructures"] });
      await queries.invalidateQueries({ queryKey: ["deployments"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  if (save.isSuccess) return <Saved restarted={save.data.restarted} close={close} />;
  return (
    <form onSubmit={submit} aria-label={`Change the infrastructure ${infrastructure.id}`}>
      <Stack gap="md" maw={640}>
        <TextInput label="Stage" value={draft.stage} maxLength={63} onChange={(event) => set({ stage: event.currentTarget.value })} />
        <NativeSelect
          label="Event servers"
          description="Where the shippers of its nodes send the events"
          value={draft.elsewhere ? "elsewhere" : "home"}
          data={[
            { value: "home", label: "this home's own" },
            { value: "elsewhere", label: "others, by URL" },
          ]}
          onChange={(event) => set({ elsewhere: event.currentTarget.value === "elsewhere" })}
        />
        {draft.elsewhere && (
          <Textarea
            label="URLs of the event servers"
            description="One a line, such as https://events.example:4181. Events leave this machine."
            rows={3}
            required
            value={draft.servers}
            onChange={(event) => set({ servers: event.currentTarget.value })}
          />
        )}
        <NativeSelect
          label="Reporting key"
          description="What the shippers show to the event servers"
          value={draft.keyChoice}
          data={Object.entries(KEYS).flatMap(([value, label]) => (value === "keep" && !own ? [] : [{ value, label: value === "keep" ? `${label} (…${infrastructure.reporting_key.ending ?? ""})` : own || value !== "fresh" ? label : "a key of its own" }]))}
          onChange={(event) => set({ keyChoice: event.currentTarget.value as KeyChoice })}
        />
        {draft.keyChoice === "fresh" && (
          <PasswordInput
            label="Key"
            description="16 characters or more. It is kept in a file that only the server's user can read, and never shown again."
            required
            minLength={16}
            autoComplete="off"
            value={draft.key}
            onChange={(event) => set({ key: event.currentTarget.value })}
          />
        )}
        {SWITCHES.map(([name, title, text]) => (
          <Checkbox key={name} label={title} description={text} checked={draft[name]} onChange={(event) => set({ [name]: event.currentTarget.checked })} />
        ))}
        {save.isError && <Refusal what="Nothing was changed" error={save.error} />}
        <Group gap="sm">
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
          <Button variant="default" onClick={close} disabled={save.isPending}>
            Cancel
          </Button>
          <Text size="sm" c="dimmed">
            {deployments.length === 0
              ? "Nothing runs here yet."
              : "Nodes for which something changes restart at once, one by one; if one does not start, all go back."}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

function Saved({ restarted, close }: { restarted: readonly string[]; close: () => void }) {
  return (
    <Alert color="teal" role="status" title="Saved">
      <Stack gap="xs" align="start">
        <Text size="sm">{restarted.length === 0 ? "No node had to restart." : `Restarted with it: ${restarted.join(", ")}.`}</Text>
        <Button size="xs" variant="default" onClick={close}>
          Close
        </Button>
      </Stack>
    </Alert>
  );
}
