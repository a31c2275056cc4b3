// The model: which of its versions, and which of their rows.
import { Checkbox, NativeSelect, TextInput, Title } from "@mantine/core";
import { useModel } from "../../api/flow-queries";
import { Failure } from "../../parts/failure";
import type { PartProps } from "./settings-form";

const ACTIVE = "active";
const ALL = "all";

export function ModelPart({ recipe, settings, set }: PartProps) {
  const model = useModel(recipe.project, recipe.model);
  const versions = model.data?.versions.map(({ version }) => version) ?? [];
  const chosen = settings.model_version;
  const known = [ACTIVE, ALL, ...versions].includes(chosen);
  const now = model.data?.active_version ? ` (${model.data.active_version} now)` : "";
  const ofAll = chosen === ALL;
  return (
    <>
      <Title order={2}>Model</Title>
      {model.isError && <Failure what="The versions could not be listed" error={model.error} retry={() => void model.refetch()} />}
      <NativeSelect
        label={`Version of ${recipe.model}`}
        description={
          ofAll
            ? "The rows of all versions together, compared with the reference of the active one."
            : "Its features, its importance and its reference are what the window is held against."
        }
        value={chosen}
        data={[
          { value: ACTIVE, label: `The active one at each run${now}` },
          ...versions.map((version) => ({ value: version, label: `Always ${version}` })),
          { value: ALL, label: "All versions together" },
          ...(known ? [] : [{ value: chosen, label: chosen }]),
        ]}
        onChange={(event) => set({ model_version: event.currentTarget.value })}
      />
      <Checkbox
        label="Only rows that this version answered"
        description={ofAll ? "With all versions every one of their rows counts." : "A log can hold rows of versions before and after."}
        checked={settings.filter_model_version && !ofAll}
        disabled={ofAll}
        onChange={(event) => set({ filter_model_version: event.currentTarget.checked })}
      />
      <TextInput
        label="Only rows of the deployment"
        description="Its id; empty for all."
        value={settings.filter_deployment_id ?? ""}
        onChange={(event) => set({ filter_deployment_id: event.currentTarget.value.trim() || null })}
      />
    </>
  );
}
