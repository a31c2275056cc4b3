// A key that is made or changed. The secret of a new one is shown in its place until it is kept.
import { Button, Group, NumberInput, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { act } from "../../api/client";
import type { ApiKey, MadeApiKey } from "../../api/model";
import { Refusal } from "../../parts/refusal";
import { Secret } from "./secret";

interface Props {
  /** The one that is changed; null where one is made. */
  apiKey: ApiKey | null;
  close: () => void;
}

export function ApiKeyForm({ apiKey, close }: Props) {
  const [draft, setDraft] = useState({
    id: "",
    label: apiKey?.label ?? "",
    expires: apiKey?.expires_at ?? "",
    rate: apiKey?.events_per_second ?? ("" as number | string),
    destinations: (apiKey?.destinations ?? []).join("\n"),
  });
  const [made, setMade] = useState<MadeApiKey | null>(null);
  const set = (change: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...change }));
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      const tied = draft.destinations.split("\n").map((line) => line.trim()).filter((line) => line !== "");
      const body = {
        label: draft.label,
        expires_at: draft.expires.trim() === "" ? null : draft.expires.trim(),
        events_per_second: draft.rate === "" ? null : Number(draft.rate),
        destinations: tied.length === 0 ? null : tied,
      };
      if (apiKey === null) return act("post", "/api/v1/api-keys", { body: { id: draft.id, ...body } });
      await act("patch", "/api/v1/api-keys/{key_id}", { path: { key_id: apiKey.id }, body });
      return null;
    },
    onSuccess: async (answer) => {
      if (answer === null) close();
      else setMade(answer);
      await queries.invalidateQueries({ queryKey: ["api-keys"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  if (made !== null) return <Secret made={made} close={close} />;
  return (
    <form onSubmit={submit} aria-label={apiKey === null ? "New API key" : `Change the API key ${apiKey.id}`}>
      <Stack gap="md" maw={640}>
        {apiKey === null && (
          <TextInput
            label="Id"
            description="Small letters, digits, - and _, such as team-a"
            required
            value={draft.id}
            onChange={(event) => set({ id: event.currentTarget.value })}
          />
        )}
        <TextInput
          label="Label"
          description="A few words on who has it; may be empty"
          maxLength={200}
          value={draft.label}
          onChange={(event) => set({ label: event.currentTarget.value })}
        />
        <TextInput
          label="Expires"
          description="A time such as 2030-01-31T00:00:00Z; empty for never"
          value={draft.expires}
          onChange={(event) => set({ expires: event.currentTarget.value })}
        />
        <NumberInput
          label="Events a second"
          description="Beyond it the sender is told to wait; empty for no limit"
          min={0.001}
          value={draft.rate}
          onChange={(rate) => set({ rate })}
        />
        <Textarea
          label="Tied to"
          description="Destinations, one a line: the key writes only what they take. Empty for no tie"
          rows={2}
          value={draft.destinations}
          onChange={(event) => set({ destinations: event.currentTarget.value })}
        />
        {save.isError && <Refusal what={apiKey === null ? "Nothing was made" : "Nothing was changed"} error={save.error} />}
        <Group gap="sm">
          <Button type="submit" loading={save.isPending}>
            {apiKey === null ? "Make the key" : "Save"}
          </Button>
          <Button variant="default" onClick={close} disabled={save.isPending}>
            Cancel
          </Button>
          <Text size="sm" c="dimmed">
            Event servers know it within five seconds.
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
