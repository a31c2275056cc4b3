// An Evaluate recipe from a log, a model and a store; the store is made with it where its name is new.
import { Alert, Button, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { act } from "../../api/client";
import { type Flow, type FlowItem, useChange } from "../../api/flow-queries";
import type { components } from "../../api/schema";
import { Failure } from "../../parts/failure";
import { useChoice } from "./choice";
import { makeKey } from "./layout";
import { ZoneSelect } from "./zone-select";

const NEW_STORE = "";

export function NewRecipe({ flow }: { flow: Flow }) {
  const { choice, link, open } = useChoice();
  const items = flow.zones.flatMap((zone) => zone.items);
  const [datasets, models, stores] = (["dataset", "model", "store"] as const).map((kind) => items.filter((item) => item.kind === kind));
  const asked = readItem(choice.item);
  const [dataset, setDataset] = useState(asked?.kind === "dataset" ? asked.name : (datasets?.[0]?.name ?? ""));
  const [model, setModel] = useState(models?.[0]?.name ?? "");
  const [store, setStore] = useState(asked?.kind === "store" ? asked.name : NEW_STORE);
  // Null: as the dataset proposes.
  const [typedStore, setNewStore] = useState<string | null>(null);
  const [typedName, setName] = useState<string | null>(null);
  const subject = dataset.replace(/-log(-\d+)?$/, "$1");
  const newStore = typedStore ?? pickFree(subject, stores);
  const name = typedName ?? pickFree(`evaluate-${subject}`, items.filter(({ kind }) => kind === "recipe"));
  const [zone, setZone] = useState(choice.zone ?? zoneOf(flow, dataset));
  const make = useChange(
    async () => {
      const chosen = store === NEW_STORE ? newStore.trim() : store;
      if (!stores?.some((one) => one.name === chosen)) {
        await act("post", "/api/v1/stores", { body: { project: flow.project, name: chosen, zone: zone || null } });
      }
      // Settings that are left out get the presets for that dataset.
      const body = { project: flow.project, name: name.trim(), kind: "evaluate", dataset, model, store: chosen, zone: zone || null };
      return await act("post", "/api/v1/recipes", { body: body as components["schemas"]["NewRecipe"] });
    },
    (recipe) => open({ item: makeKey({ kind: "recipe", name: recipe.name }) }),
  );
  if (!datasets?.length || !models?.length) {
    return (
      <Alert color="gray" title={datasets?.length ? "A saved model is missing" : "A dataset is missing"}>
        <Stack gap="sm" align="start">
          <Text size="sm">
            {datasets?.length
              ? "An evaluation compares a log with a model's reference. Save a model with wakeline.save_model first."
              : "A recipe evaluates a dataset. Make one of an endpoint's log first."}
          </Text>
          {!datasets?.length && (
            <Button component={Link} to={link({ making: "dataset" })} size="xs">
              New dataset
            </Button>
          )}
        </Stack>
      </Alert>
    );
  }
  const ready = name.trim() !== "" && (store !== NEW_STORE || newStore.trim() !== "");
  return (
    <form onSubmit={(event) => (event.preventDefault(), make.mutate(undefined))}>
      <Stack gap="sm">
        <Text size="sm">The recipe compares a window of a log with a model's reference and writes an evaluation to a store.</Text>
        <TextInput label="Name" required value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={200} />
        <Choice label="Evaluation dataset" items={datasets} value={dataset} onChange={setDataset} />
        <Choice label="Model" items={models} value={model} onChange={setModel} />
        <NativeSelect
          label="Model evaluation store"
          value={store}
          data={[{ value: NEW_STORE, label: "A new store" }, ...(stores ?? []).map((one) => one.name)]}
          onChange={(event) => setStore(event.currentTarget.value)}
        />
        {store === NEW_STORE && (
          <TextInput
            label="Name of the new store"
            required
            value={newStore}
            placeholder="mes_for_api_monitoring"
            onChange={(event) => setNewStore(event.currentTarget.value)}
            maxLength={200}
          />
        )}
        <ZoneSelect flow={flow} value={zone} onChange={setZone} />
        <Button type="submit" disabled={!ready} loading={make.isPending}>
          Create recipe
        </Button>
        {make.isError && <Failure what="The recipe was not made" error={make.error} retry={() => make.mutate(undefined)} />}
      </Stack>
    </form>
  );
}

function Choice({ label, items, value, onChange }: { label: string; items: FlowItem[]; value: string; onChange: (name: string) => void }) {
  return (
    <NativeSelect label={label} value={value} data={items.map((item) => item.name)} onChange={(event) => onChange(event.currentTarget.value)} />
  );
}

function readItem(item: string | null): { kind: string; name: string } | null {
  if (item === null) return null;
  const cut = item.indexOf(":");
  return { kind: item.slice(0, cut), name: item.slice(cut + 1) };
}

/** With a number behind where the name is taken. */
function pickFree(plain: string, others: readonly FlowItem[] | undefined): string {
  const taken = new Set(others?.map(({ name }) => name));
  let name = plain;
  for (let number = 2; taken.has(name); number += 1) name = `${plain}-${number}`;
  return name;
}

/** The zone of the dataset: what reads it mostly stands beside it. */
function zoneOf(flow: Flow, dataset: string): string {
  const zone = flow.zones.find(({ items }) => items.some((item) => item.kind === "dataset" && item.name === dataset));
  return zone === undefined || zone.id === null ? "" : zone.name;
}
