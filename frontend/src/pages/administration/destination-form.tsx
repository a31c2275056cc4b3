// A destination that is made or changed: filters are one entry a line, none takes everything.
import { Button, Group, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useConnections } from "../../api/administration";
import { act } from "../../api/client";
import type { Destination } from "../../api/model";
import { Refusal } from "../../parts/refusal";

interface Props {
  /** The one that is changed; null where one is made. */
  destination: Destination | null;
  close: () => void;
}

export function DestinationForm({ destination, close }: Props) {
  const connections = useConnections();
  const [draft, setDraft] = useState({
    id: "",
    connection_id: destination?.connection_id ?? "local",
    path: destination?.path ?? "",
    topics: joinLines(destination?.topics),
    routing_keys: joinLines(destination?.routing_keys),
    keys: joinLines(destination?.keys),
    retention: destination?.retention_days?.toString() ?? "",
  });
  const set = (change: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...change }));
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const body = {
        connection_id: draft.connection_id,
        path: draft.path,
        topics: splitLines(draft.topics),
        routing_keys: splitLines(draft.routing_keys),
        keys: splitLines(draft.keys),
        retention_days: draft.retention === "" ? null : Number(draft.retention),
      };
      return destination === null
        ? act("post", "/api/v1/destinations", { body: { id: draft.id, ...body } })
        : act("patch", "/api/v1/destinations/{destination_id}", { path: { destination_id: destination.id }, body });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["destinations"] });
      await queries.invalidateQueries({ queryKey: ["api-keys"] });
      close();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} aria-label={destination === null ? "New destination" : `Change the destination ${destination.id}`}>
      <Stack gap="md" maw={640}>
        {destination === null && (
          <TextInput
            label="Id"
            description="Small letters, digits, - and _, such as team-a"
            required
            value={draft.id}
            onChange={(event) => set({ id: event.currentTarget.value })}
          />
        )}
        <NativeSelect
          label="Connection"
          data={connections.data?.items.map(({ id }) => id) ?? [draft.connection_id]}
          value={draft.connection_id}
          onChange={(event) => set({ connection_id: event.currentTarget.value })}
        />
        <TextInput
          label="Path"
          description="Folders below the connection; may be empty"
          value={draft.path}
          onChange={(event) => set({ path: event.currentTarget.value })}
        />
        <Textarea
          label="Topics"
          description="One a line; empty for all"
          rows={2}
          value={draft.topics}
          onChange={(event) => set({ topics: event.currentTarget.value })}
        />
        <Textarea
          label="Routing keys"
          description="One a line; one that ends in * stands for all that begin so; empty for all"
          rows={2}
          value={draft.routing_keys}
          onChange={(event) => set({ routing_keys: event.currentTarget.value })}
        />
        <Textarea
          label="API keys"
          description="Ids, one a line: only events that came with one of them are taken, and these keys write nowhere else. This home's own is called intake."
          rows={2}
          value={draft.keys}
          onChange={(event) => set({ keys: event.currentTarget.value })}
        />
        <TextInput
          label="Days to keep rows"
          description="From their arrival; empty for ever. What is older is deleted for good."
          type="number"
          min={1}
          step={1}
          value={draft.retention}
          onChange={(event) => set({ retention: event.currentTarget.value })}
        />
        {save.isError && <Refusal what={destination === null ? "Nothing was made" : "Nothing was changed"} error={save.error} />}
        <Group gap="sm">
          <Button type="submit" loading={save.isPending}>
            Save
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

function joinLines(entries: readonly string[] | null | undefined): string {
  return (entries ?? []).join("\n");
}

/** Null where there is none: no filter. */
function splitLines(text: string): string[] | null {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.length === 0 ? null : lines;
}
