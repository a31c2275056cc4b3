// Forms for what needs no more than a name: zones and stores.
import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { act } from "../../api/client";
import { type Flow, useChange } from "../../api/flow-queries";
import { Failure } from "../../parts/failure";
import { useChoice } from "./choice";
import { makeKey, makeZoneKey } from "./layout";
import { ZoneSelect } from "./zone-select";

export function NewZone({ project }: { project: string }) {
  const [name, setName] = useState("");
  const { open } = useChoice();
  const make = useChange(
    () => act("post", "/api/v1/zones", { body: { project, name: name.trim() } }),
    (zone) => open({ item: makeZoneKey(zone.id) }),
  );
  return (
    <form onSubmit={(event) => (event.preventDefault(), make.mutate(undefined))}>
      <Stack gap="sm">
        <Text size="sm">A zone groups items of the Flow. Put new ones into it, or move those that are there.</Text>
        <TextInput label="Name" required value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={255} />
        <Button type="submit" disabled={name.trim() === ""} loading={make.isPending}>
          Create zone
        </Button>
        {make.isError && <Failure what="The zone was not made" error={make.error} retry={() => make.mutate(undefined)} />}
      </Stack>
    </form>
  );
}

export function NewStore({ flow }: { flow: Flow }) {
  const { choice, open } = useChoice();
  const [name, setName] = useState("");
  const [zone, setZone] = useState(choice.zone ?? "");
  const make = useChange(
    () => act("post", "/api/v1/stores", { body: { project: flow.project, name: name.trim(), zone: zone || null } }),
    (store) => open({ item: makeKey({ kind: "store", name: store.name }) }),
  );
  return (
    <form onSubmit={(event) => (event.preventDefault(), make.mutate(undefined))}>
      <Stack gap="sm">
        <Text size="sm">A store keeps the evaluations that recipes write to it, window by window.</Text>
        <TextInput label="Name" required value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={200} />
        <ZoneSelect flow={flow} value={zone} onChange={setZone} />
        <Button type="submit" disabled={name.trim() === ""} loading={make.isPending}>
          Create store
        </Button>
        {make.isError && <Failure what="The store was not made" error={make.error} retry={() => make.mutate(undefined)} />}
      </Stack>
    </form>
  );
}
