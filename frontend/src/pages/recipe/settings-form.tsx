// The settings of a recipe in parts, as tabs that are links; what was changed is saved together.
import { Button, Group, Stack, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useSearchParams } from "react-router";
import { changeSettings, type Recipe, type RecipeSettings, useChange } from "../../api/flow-queries";
import { Failure } from "../../parts/failure";
import { TabLinks } from "../../parts/tab-links";
import { DatasetPart } from "./dataset-part";
import { ModelPart } from "./model-part";
import { OutputPart } from "./output-part";
import { ReferencePart } from "./reference-part";
import { SamplingPart } from "./sampling-part";
import { SchedulePart } from "./schedule-part";

export interface PartProps {
  recipe: Recipe;
  settings: RecipeSettings;
  set: (change: Partial<RecipeSettings>) => void;
}

const TABS = [
  { name: "dataset", title: "Evaluation dataset", Part: DatasetPart },
  { name: "model", title: "Model", Part: ModelPart },
  { name: "reference", title: "Reference", Part: ReferencePart },
  { name: "sampling", title: "Window and sampling", Part: SamplingPart },
  { name: "schedule", title: "Schedule", Part: null },
  { name: "output", title: "Output", Part: OutputPart },
] as const satisfies readonly { name: string; title: string; Part: ((props: PartProps) => ReactNode) | null }[];

export function SettingsForm({ recipe }: { recipe: Recipe }) {
  const [settings, setSettings] = useState(recipe.settings);
  const [parameters] = useSearchParams();
  const asked = parameters.get("tab");
  const tab = TABS.find((one) => one.name === asked) ?? TABS[0];
  const save = useChange(
    (next: RecipeSettings) => changeSettings(recipe.project, recipe.name, next),
    ({ settings: saved }) => setSettings(saved),
  );
  const changed = JSON.stringify(settings) !== JSON.stringify(recipe.settings);
  const set = (change: Partial<RecipeSettings>) => setSettings({ ...settings, ...change });
  const linkTo = (name: string) => {
    const next = new URLSearchParams(parameters);
    next.set("tab", name);
    return `?${next}`;
  };
  return (
    <section className="card" aria-label="Settings">
      <TabLinks label="Parts of the settings" tabs={TABS.map(({ name, title }) => ({ name, title, to: linkTo(name) }))} current={tab.name} />
      {tab.Part === null ? (
        <Stack gap="md" mt="md" maw={560}>
          <SchedulePart recipe={recipe} />
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate(settings);
          }}
        >
          <Stack gap="md" mt="md" maw={560}>
            <tab.Part recipe={recipe} settings={settings} set={set} />
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
      )}
    </section>
  );
}
