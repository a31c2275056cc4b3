// What the plan's Evaluate recipe will read and measure: every preset, changeable; as it stands where there is one.
import { Anchor, Checkbox, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { Link } from "react-router";
import { type RecipeSettings, useModel } from "../../api/flow-queries";
import type { Plan } from "../../api/model";
import { FieldGroup, Fields } from "../../parts/field-group";
import { recipeAddress } from "../../parts/flow-addresses";
import classes from "./page.module.css";
import type { Draft } from "./wishes";

const DETECTED = [
  { value: "auto", label: "Detected" },
  { value: "true", label: "Yes" },
  { value: "false", label: "No" },
];
const SAMPLE_MIN = 1_000;
const SAMPLE_MAX = 1_000_000;
const SEED_MAX = 2 ** 32 - 1;

interface Props {
  plan: Plan;
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
}

export function RecipeFields({ plan, draft, onChange }: Props) {
  const { settings } = draft;
  const set = (changes: Partial<RecipeSettings>) => onChange({ settings: { ...settings, ...changes } });
  if (plan.recipe.exists) {
    return (
      <FieldGroup title="Evaluate recipe">
        <Text size="sm">
          {plan.recipe.name} stands already and stays as it is.{" "}
          <Anchor component={Link} to={recipeAddress(plan.project, plan.recipe.name)} size="sm">
            See its settings
          </Anchor>
        </Text>
      </FieldGroup>
    );
  }
  return (
    <FieldGroup title="Evaluate recipe">
      <Stack gap="sm">
        <dl className={classes.parts}>
          <dt>Reference</dt>
          <dd>the reference sample of {plan.model}, of the evaluated version</dd>
          <dt>Ground-truth key</dt>
          <dd>{plan.ground_truth_key}, by which labels find their prediction</dd>
          <dt>Window</dt>
          <dd>as the schedule says; a run by hand asks for it</dd>
        </dl>
        <Fields>
          <VersionField plan={plan} settings={settings} set={set} />
          <TextInput
            label="Only rows of the deployment"
            description="Its id; empty for all"
            value={settings.filter_deployment_id ?? ""}
            onChange={(event) => set({ filter_deployment_id: event.currentTarget.value.trim() || null })}
          />
          <NativeSelect
            label="Handle dataset as API node logs"
            description="Detected: where it has their columns"
            data={DETECTED}
            value={String(settings.handle_as_api_node_logs)}
            onChange={(event) => set({ handle_as_api_node_logs: readDetected(event.currentTarget.value) })}
          />
          <NativeSelect
            label="Skip performance metrics"
            description="Detected: while there is no ground truth"
            data={DETECTED}
            value={String(settings.skip_performance)}
            onChange={(event) => set({ skip_performance: readDetected(event.currentTarget.value) })}
          />
          <NumberField
            label="Sample, rows of each side at most"
            description="Only for what needs rows; all else counts every row"
            min={SAMPLE_MIN}
            max={SAMPLE_MAX}
            value={settings.sample_rows_max}
            onChange={(value) => set({ sample_rows_max: value })}
          />
          <NumberField
            label="Seed of the sample"
            description="The same seed takes the same rows"
            min={0}
            max={SEED_MAX}
            value={settings.seed}
            onChange={(value) => set({ seed: value })}
          />
        </Fields>
        <Checkbox
          label="Only rows that the evaluated version answered"
          checked={settings.filter_model_version}
          onChange={(event) => set({ filter_model_version: event.currentTarget.checked })}
        />
      </Stack>
    </FieldGroup>
  );
}

interface VersionProps {
  plan: Plan;
  settings: RecipeSettings;
  set: (changes: Partial<RecipeSettings>) => void;
}

function VersionField({ plan, settings, set }: VersionProps) {
  const model = useModel(plan.project, plan.model);
  const active = model.data?.active_version;
  const versions = model.data?.versions.map(({ version }) => version) ?? [];
  return (
    <NativeSelect
      label="Model version"
      description="Looked up at each run, or always the same"
      value={settings.model_version}
      data={[
        { value: "active", label: `The active one${active ? ` (${active} now)` : ""}` },
        ...versions.map((version) => ({ value: version, label: `Always ${version}` })),
      ]}
      onChange={(event) => set({ model_version: event.currentTarget.value })}
    />
  );
}

interface NumberProps {
  label: string;
  description: string;
  min: number;
  max: number;
  value: number;
  onChange: (value: number) => void;
}

function NumberField({ value, onChange, ...shown }: NumberProps) {
  return (
    <TextInput
      {...shown}
      type="number"
      step={1}
      required
      withAsterisk={false}
      value={Number.isNaN(value) ? "" : value}
      onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
    />
  );
}

function readDetected(value: string): "auto" | boolean {
  return value === "auto" ? "auto" : value === "true";
}
