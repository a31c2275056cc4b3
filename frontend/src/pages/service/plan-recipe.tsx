// What the plan's Evaluate recipe will read and measure: every preset, changeable; as it stands where there is one.
import { Anchor, Checkbox, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { Link } from "react-router";
import { type RecipeSettings, useModel } from "../../api/flow-queries";
import type { Monitoring, Plan } from "../../api/model";
import { FieldGroup, Fields } from "../../parts/field-group";
import { recipeAddress } from "../../parts/flow-addresses";
import { NumberField, TrinaryField } from "../../parts/setting-fields";
import { ReferenceFields } from "./plan-reference";
import classes from "./page.module.css";
import type { Draft } from "./wishes";

const ACTIVE = "active";
const ALL = "all";
const SAMPLE_MIN = 1_000;
const SAMPLE_MAX = 1_000_000;
const SEED_MAX = 2 ** 32 - 1;

interface Props {
  plan: Plan;
  /** Its log, whose days a reference may be taken from. */
  monitoring: Monitoring;
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
}

export function RecipeFields({ plan, monitoring, draft, onChange }: Props) {
  const { settings } = draft;
  const set = (changes: Partial<RecipeSettings>) => onChange({ settings: { ...settings, ...changes } });
  const ofAll = settings.model_version === ALL;
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
        </Fields>
        <Checkbox
          label="Only rows that the evaluated version answered"
          description={ofAll ? "With all versions every one of their rows counts" : undefined}
          checked={settings.filter_model_version && !ofAll}
          disabled={ofAll}
          onChange={(event) => set({ filter_model_version: event.currentTarget.checked })}
        />
        <ReferenceFields plan={plan} monitoring={monitoring} settings={settings} set={set} />
        <Fields>
          <TrinaryField
            label="Handle dataset as API node logs"
            description="Detected: where it has their columns"
            auto="Detected"
            value={settings.handle_as_api_node_logs}
            onChange={(value) => set({ handle_as_api_node_logs: value })}
          />
          <TrinaryField
            label="Skip performance metrics"
            description="Detected: while there is no ground truth"
            auto="Detected"
            value={settings.skip_performance}
            onChange={(value) => set({ skip_performance: value })}
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
      description={settings.model_version === ALL ? "Compared with the reference of the active one" : "Looked up at each run, or always the same"}
      value={settings.model_version}
      data={[
        { value: ACTIVE, label: `The active one at each run${active ? ` (${active} now)` : ""}` },
        ...versions.map((version) => ({ value: version, label: `Always ${version}` })),
        { value: ALL, label: "All versions together" },
      ]}
      onChange={(event) => set({ model_version: event.currentTarget.value })}
    />
  );
}
