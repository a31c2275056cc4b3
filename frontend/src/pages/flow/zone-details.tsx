// What the panel shows of a zone: what stands in it, a new name, and how to be rid of it.
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { act } from "../../api/client";
import { type FlowZone, useChange } from "../../api/flow-queries";
import { Confirmation } from "../../parts/confirmation";
import { Failure } from "../../parts/failure";
import { useChoice } from "./choice";

export function ZoneDetails({ zone, id }: { zone: FlowZone; id: string }) {
  const [name, setName] = useState(zone.name);
  const [asked, setAsked] = useState(false);
  const navigate = useNavigate();
  const { link } = useChoice();
  const rename = useChange(() => act("patch", "/api/v1/zones/{zone_id}", { path: { zone_id: id }, body: { name: name.trim() } }));
  const remove = useChange(
    () => act("delete", "/api/v1/zones/{zone_id}", { path: { zone_id: id } }),
    () => void navigate({ search: "" }),
  );
  const count = zone.items.length;
  return (
    <Stack gap="md">
      <Text size="sm">{count === 0 ? "Nothing stands in it." : count === 1 ? "One item stands in it." : `${count} items stand in it.`}</Text>
      <Group gap="xs" component="nav" aria-label="Make something in this zone">
        {(["dataset", "recipe", "store"] as const).map((making) => (
          <Button key={making} component={Link} to={link({ making, zone: zone.name })} size="xs" variant="default">
            New {making} here
          </Button>
        ))}
      </Group>
      <form onSubmit={(event) => (event.preventDefault(), rename.mutate(undefined))}>
        <Group align="end" gap="xs" wrap="nowrap">
          <TextInput label="Name" size="xs" flex={1} required maxLength={255} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Button type="submit" size="xs" variant="default" disabled={name.trim() === "" || name.trim() === zone.name} loading={rename.isPending}>
            Rename
          </Button>
        </Group>
      </form>
      {rename.isError && <Failure what="The zone was not renamed" error={rename.error} retry={() => rename.mutate(undefined)} />}
      {asked ? (
        <Confirmation consequence="Its items move to the default zone." pending={remove.isPending} onConfirm={() => remove.mutate(undefined)} onKeep={() => setAsked(false)} />
      ) : (
        <Group>
          <Button size="xs" variant="default" onClick={() => setAsked(true)}>
            Delete zone
          </Button>
        </Group>
      )}
      {remove.isError && <Failure what="The zone was not deleted" error={remove.error} retry={() => remove.mutate(undefined)} />}
    </Stack>
  );
}
