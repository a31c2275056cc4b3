// Moves an item to another zone or back to the default one, or takes it out of the Flow.
import { Button, Group, NativeSelect } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { act } from "../../api/client";
import { type Flow, type FlowItem, useChange } from "../../api/flow-queries";
import { Confirmation } from "../../parts/confirmation";
import { Failure } from "../../parts/failure";
import { makeKey } from "./layout";

type Kind = "dataset" | "recipe" | "store" | "model";

/** No zone has such an id. */
const DEFAULT = "default";

export function Move({ flow, item }: { flow: Flow; item: FlowItem }) {
  const here = flow.zones.find((zone) => zone.items.some((one) => makeKey(one) === makeKey(item)));
  const others = flow.zones.filter((zone) => zone.id !== here?.id);
  const [zone, setZone] = useState("");
  const items = [{ kind: item.kind as Kind, name: item.name }];
  const move = useChange(
    async () => {
      if (zone === DEFAULT) await act("post", "/api/v1/zones/default/actions/move", { body: { project: flow.project, items } });
      else await act("post", "/api/v1/zones/{zone_id}/actions/move", { path: { zone_id: zone }, body: { items } });
    },
    () => setZone(""),
  );
  if (others.length === 0) return null;
  return (
    <form onSubmit={(event) => (event.preventDefault(), move.mutate(undefined))}>
      <Group align="end" gap="xs" wrap="nowrap">
        <NativeSelect
          label="Move to zone"
          size="xs"
          flex={1}
          value={zone}
          data={[
            { value: "", label: "Choose a zone" },
            ...others.map(({ id, name }) => ({ value: id ?? DEFAULT, label: id === null ? "Default zone" : name })),
          ]}
          onChange={(event) => setZone(event.currentTarget.value)}
        />
        <Button type="submit" size="xs" variant="default" disabled={zone === ""} loading={move.isPending}>
          Move
        </Button>
      </Group>
      {move.isError && <Failure what="The item was not moved" error={move.error} retry={() => move.mutate(undefined)} />}
    </form>
  );
}

const CONSEQUENCES: Partial<Record<string, string>> = {
  dataset: "The log and its rows stay.",
  recipe: "Its schedule goes with it; the evaluations that it made stay.",
  store: "Its evaluations, checks and alerts go with it.",
};

export function Remove({ project, item: { kind, name } }: { project: string; item: FlowItem }) {
  const navigate = useNavigate();
  const [asked, setAsked] = useState(false);
  const remove = useChange(
    () => removeItem(project, kind, name),
    () => void navigate({ search: "" }),
  );
  const consequence = CONSEQUENCES[kind];
  if (consequence === undefined) return null;
  return (
    <div>
      {asked ? (
        <Confirmation consequence={consequence} pending={remove.isPending} onConfirm={() => remove.mutate(undefined)} onKeep={() => setAsked(false)} />
      ) : (
        <Button size="xs" variant="default" onClick={() => setAsked(true)}>
          Delete {kind}
        </Button>
      )}
      {remove.isError && <Failure what={`The ${kind} was not deleted`} error={remove.error} retry={() => remove.mutate(undefined)} />}
    </div>
  );
}

async function removeItem(project: string, kind: string, name: string): Promise<void> {
  const path = { project, name };
  if (kind === "dataset") await act("delete", "/api/v1/datasets/{project}/{name}", { path });
  if (kind === "recipe") await act("delete", "/api/v1/recipes/{project}/{name}", { path });
  if (kind === "store") await act("delete", "/api/v1/stores/{project}/{name}", { path });
}
