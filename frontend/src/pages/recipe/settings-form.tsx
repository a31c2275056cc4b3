// The settings of a recipe in four parts, as tabs that are links; what was changed is saved together.
import { Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useSearchParams } from "react-router";
import { changeSettings, type Recipe, type RecipeSettings, useChange, useDataset, useModel } from "../../api/flow-queries";
import { Failure } from "../../parts/failure";
import { formatCount } from "../../parts/readings";
import { TabLinks } from "../../parts/tab-links";

const TABS = [
  { name: "dataset", title: "Evaluation dataset" },
  { name: "model", title: "Model" },
  { name: "sampling", title: "Sampling" },
  { name: "output", title: "Output" },
] as const;
type Tab = (typeof TABS)[number]["name"];

interface PartProps {
  recipe: Recipe;
  settings: RecipeSettings;
  set: (change: Partial<RecipeSettings>) => void;
}

export function SettingsForm({ recipe }: { recipe: Recipe }) {
  const [settings, setSettings] = useState(recipe.settings);
  const [parameters] = useSearchParams();
  const asked = parameters.get("tab");
  const tab: Tab = TABS.find((one) => one.name === asked)?.name ?? "dataset";
  const save = useChange((next: RecipeSettings) => changeSettings(recipe.project, recipe.name, next));
  const changed = JSON.stringify(settings) !== JSON.stringify(recipe.settings);
  const set = (change: Partial<RecipeSettings>) => setSettings({ ...settings, ...change });
  const linkTo = (name: Tab) => {
    const next = new URLSearchParams(parameters);
    next.set("tab", name);
    return `?${next}`;
  };
  const Part = PARTS[tab];
  return (
    <section className="card" aria-label="Settings">
      <TabLinks label="Parts of the settings" tabs={TABS.map(({ name, title }) => ({ name, title, to: linkTo(name) }))} current={tab} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(settings);
        }}
      >
        <Stack gap="md" mt="md" maw={560}>
          <Part recipe={recipe} settings={settings} set={set} />
          <Group gap="sm">
            <Button type="submit" disabled={!changed} loading={save.isPending}>
              Save
            </Button>
            {changed && (
              <Button variant="default" onClick={() => setSettings(recipe.settings)}>
                Discard changes
              </Button>
            )}
            <Text size="sm" c="dimmed" role="status">
              {changed ? "Not saved yet; a run takes the saved settings." : save.isSuccess ? "Saved." : ""}
            </Text>
          </Group>
          {save.isError && <Failure what="The settings were not saved" error={save.error} retry={() => save.mutate(settings)} />}
        </Stack>
      </form>
    </section>
  );
}

const PARTS: Record<Tab, (props: PartProps) => ReactNode> = {
  dataset: DatasetPart,
  model: ModelPart,
  sampling: SamplingPart,
  output: OutputPart,
};

function DatasetPart({ recipe, settings, set }: PartProps) {
  const log = useDataset(recipe.project, recipe.dataset);
  return (
    <>
      <Title order={2}>Evaluation dataset</Title>
      <Text size="sm">
        {recipe.dataset}
        {log.data && `: ${log.data.state === "empty" ? "no rows yet" : `${formatCount(log.data.row_count)} rows`}`}
      </Text>
      <Three
        label="Handle dataset as API node logs"
        description="Reads features, predictions and versions from the columns that API nodes log. Detected: where the dataset has them."
        auto="Detected"
        value={settings.handle_as_api_node_logs}
        onChange={(value) => set({ handle_as_api_node_logs: value })}
      />
    </>
  );
}

function ModelPart({ recipe, settings, set }: PartProps) {
  const model = useModel(recipe.project, recipe.model);
  const versions = model.data?.versions.map(({ version }) => version) ?? [];
  const known = settings.model_version === "active" || versions.includes(settings.model_version);
  return (
    <>
      <Title order={2}>Model</Title>
      <NativeSelect
        label={`Version of ${recipe.model}`}
        description="Its reference is what the window is compared with."
        value={settings.model_version}
        data={[
          { value: "active", label: `The active one${model.data?.active_version ? ` (${model.data.active_version} now)` : ""}` },
          ...versions.map((version) => ({ value: version, label: `Always ${version}` })),
          ...(known ? [] : [{ value: settings.model_version, label: settings.model_version }]),
        ]}
        onChange={(event) => set({ model_version: event.currentTarget.value })}
      />
      <Checkbox
        label="Only rows that this version answered"
        checked={settings.filter_model_version}
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

function SamplingPart({ settings, set }: PartProps) {
  return (
    <>
      <Title order={2}>Sampling</Title>
      <Text size="sm">Drift and performance count every row. Only what needs rows themselves, the domain classifier, takes a sample.</Text>
      <NumberField label="Rows of each side at most" min={1_000} max={1_000_000} value={settings.sample_rows_max} onChange={(value) => set({ sample_rows_max: value })} />
      <NumberField label="Seed" description="The same seed takes the same rows." min={0} max={2 ** 32 - 1} value={settings.seed} onChange={(value) => set({ seed: value })} />
    </>
  );
}

function OutputPart({ recipe, settings, set }: PartProps) {
  return (
    <>
      <Title order={2}>Output</Title>
      <Text size="sm">Evaluations go to the store {recipe.store}.</Text>
      <Three
        label="Skip performance metrics"
        description="Detected: skipped while the window has no ground truth."
        auto="Detected"
        value={settings.skip_performance}
        onChange={(value) => set({ skip_performance: value })}
      />
    </>
  );
}

type Trinary = "auto" | boolean;

function Three({ label, description, auto, value, onChange }: { label: string; description: string; auto: string; value: Trinary; onChange: (value: Trinary) => void }) {
  return (
    <NativeSelect
      label={label}
      description={description}
      value={String(value)}
      data={[
        { value: "auto", label: auto },
        { value: "true", label: "Yes" },
        { value: "false", label: "No" },
      ]}
      onChange={(event) => onChange(event.currentTarget.value === "auto" ? "auto" : event.currentTarget.value === "true")}
    />
  );
}

interface NumberProps {
  label: string;
  description?: string;
  min: number;
  max: number;
  value: number;
  onChange: (value: number) => void;
}

function NumberField({ label, description, min, max, value, onChange }: NumberProps) {
  return (
    <TextInput
      type="number"
      label={label}
      description={description}
      min={min}
      max={max}
      step={1}
      required
      value={Number.isNaN(value) ? "" : value}
      onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
    />
  );
}
