// A check to be made or changed: what it looks at, its bounds, and when it counts.
import { Button, Checkbox, Group, NativeSelect, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { act } from "../../api/client";
import { type Check, type CheckPreset, useChange, usePresets } from "../../api/flow-queries";
import { Failure } from "../../parts/failure";
import { METRICS } from "../../parts/readings";
import classes from "./page.module.css";

type Rule = Pick<Check, "metric" | "scope" | "column" | "compared" | Bound | "beyond_chance" | "rows_min" | "consecutive">;
type Bound = "error_min" | "warning_min" | "warning_max" | "error_max";

const BOUNDS: Record<Bound, string> = {
  error_min: "ERROR at or below",
  warning_min: "WARNING at or below",
  warning_max: "WARNING from",
  error_max: "ERROR from",
};
const SCOPES = [
  { value: "any-feature", label: "Any feature" },
  { value: "prediction", label: "The prediction" },
  { value: "column", label: "One column" },
];
const ORDER = ["error_min", "warning_min", "warning_max", "error_max"] as const satisfies readonly Bound[];
const SHARES = new Set(["missing_rate", "drifted_share"]);
const ROWS_MIN = 50;

export function NewCheck({ project, store, onDone }: { project: string; store: string; onDone: () => void }) {
  const presets = usePresets();
  const [chosen, setChosen] = useState(0);
  if (presets.isPending) return <Skeleton height={240} role="status" aria-label="Loading the presets" />;
  if (presets.isError) return <Failure what="The presets could not be listed" error={presets.error} retry={() => void presets.refetch()} />;
  const offered = listOffered(presets.data.items);
  const preset = offered[chosen] ?? offered[0];
  if (!preset) return <Text size="sm">There is no preset.</Text>;
  return (
    <Stack gap="sm">
      <NativeSelect
        label="Metric"
        description={preset.rule || "No default threshold: give the bounds yourself."}
        value={String(chosen)}
        data={offered.map(({ name, rule }, index) => ({ value: String(index), label: rule ? name : `${name} (own bounds)` }))}
        onChange={(event) => setChosen(Number(event.currentTarget.value))}
      />
      <RuleForm
        key={chosen}
        start={preset}
        name={preset.name}
        save={(rule, name) => act("post", "/api/v1/checks", { body: { ...rule, project, store, name } })}
        title="Add the check"
        onDone={onDone}
      />
    </Stack>
  );
}

export function ChangeCheck({ check, onDone }: { check: Check; onDone: () => void }) {
  return (
    <RuleForm
      start={check}
      name={check.name}
      save={(rule, name) => act("patch", "/api/v1/checks/{check_id}", { path: { check_id: check.id }, body: { ...rule, name } })}
      title="Save the check"
      onDone={onDone}
    />
  );
}

interface FormProps {
  start: Rule;
  name: string;
  title: string;
  save: (rule: Rule, name: string) => Promise<unknown>;
  onDone: () => void;
}

function RuleForm({ start, name: startName, title, save, onDone }: FormProps) {
  const [name, setName] = useState(startName);
  const [rule, setRule] = useState<Rule>(() => pickRule(start));
  const scale = SHARES.has(start.metric) ? 100 : 1;
  const [texts, setTexts] = useState<Record<Bound, string>>(() => mapBounds((bound) => (start[bound] == null ? "" : String(Number((start[bound] * scale).toPrecision(12))))));
  const set = (change: Partial<Rule>) => setRule({ ...rule, ...change });
  const [tried, setTried] = useState(false);
  const faults = tried ? findFaults(texts) : {};
  const keep = useChange(
    () => save({ ...rule, ...mapBounds((bound) => (texts[bound] === "" ? null : Number((Number(texts[bound]) / scale).toPrecision(12)))) }, name.trim()),
    onDone,
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(findFaults(texts)).length === 0) keep.mutate(undefined);
  };
  return (
    <form aria-label="Check" onSubmit={submit}>
      <Stack gap="sm">
        <TextInput label="Name" required maxLength={200} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <div className={classes.fields}>
          {rule.scope !== "table" && (
            <NativeSelect
              label="Looks at"
              value={rule.scope}
              data={SCOPES}
              onChange={(event) => set({ scope: event.currentTarget.value as Rule["scope"], column: event.currentTarget.value === "column" ? "" : null })}
            />
          )}
          {rule.scope === "column" && <TextInput label="Column" required value={rule.column ?? ""} onChange={(event) => set({ column: event.currentTarget.value })} />}
          <NativeSelect
            label="Held against the bounds"
            value={rule.compared}
            data={[
              { value: "value", label: "The reading" },
              { value: "change", label: "Its change from the reference" },
            ]}
            onChange={(event) => set({ compared: event.currentTarget.value as Rule["compared"] })}
          />
        </div>
        <div className={classes.fields}>
          {(Object.keys(BOUNDS) as Bound[]).map((bound) => (
            <TextInput
              key={bound}
              label={scale === 1 ? BOUNDS[bound] : `${BOUNDS[bound]} (%)`}
              error={faults[bound]}
              type="number"
              step="any"
              placeholder="none"
              value={texts[bound]}
              onChange={(event) => setTexts({ ...texts, [bound]: event.currentTarget.value })}
            />
          ))}
        </div>
        <div className={classes.fields}>
          <Whole label="Rows at least" min={0} value={rule.rows_min} onChange={(rows_min) => set({ rows_min })} />
          <Whole label="Windows in a row" min={1} max={100} value={rule.consecutive} onChange={(consecutive) => set({ consecutive })} />
        </div>
        <Checkbox
          label="Only beyond chance"
          description="What chance alone may have made is passed over."
          checked={rule.beyond_chance}
          onChange={(event) => set({ beyond_chance: event.currentTarget.checked })}
        />
        <Group gap="xs">
          <Button type="submit" size="xs" loading={keep.isPending} disabled={name.trim() === ""}>
            {title}
          </Button>
          <Button size="xs" variant="default" onClick={onDone}>
            Leave it
          </Button>
        </Group>
        {keep.isError && <Failure what="The check was not saved" error={keep.error} retry={() => keep.mutate(undefined)} />}
      </Stack>
    </form>
  );
}

/** Each bound must not be below the one before it. */
function findFaults(texts: Record<Bound, string>): Partial<Record<Bound, string>> {
  const faults: Partial<Record<Bound, string>> = {};
  let before: Bound | null = null;
  for (const bound of ORDER) {
    if (texts[bound] === "") continue;
    if (before !== null && Number(texts[bound]) < Number(texts[before])) faults[before] = `must not be above “${BOUNDS[bound]}”`;
    before = bound;
  }
  return faults;
}

interface WholeProps {
  label: string;
  min: number;
  max?: number;
  value: number;
  onChange: (value: number) => void;
}

function Whole({ label, min, max, value, onChange }: WholeProps) {
  return (
    <TextInput
      label={label}
      type="number"
      step={1}
      min={min}
      max={max}
      required
      withAsterisk={false}
      value={Number.isNaN(value) ? "" : value}
      onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
    />
  );
}

/** The presets, those of the whole table first, then its readings that have none. */
function listOffered(presets: readonly CheckPreset[]): (Rule & { name: string; rule: string })[] {
  const known = new Set(presets.map(({ metric }) => metric));
  const bare = METRICS.filter(({ name }) => !known.has(name)).map(({ name, title }) => ({
    metric: name,
    scope: "table" as const,
    column: null,
    compared: "value" as const,
    ...mapBounds(() => null),
    beyond_chance: false,
    rows_min: ROWS_MIN,
    consecutive: 1,
    name: title,
    rule: "",
  }));
  const ofTable = presets.filter(({ scope }) => scope === "table");
  return [...ofTable, ...presets.filter(({ scope }) => scope !== "table"), ...bare];
}

function pickRule({ metric, scope, column, compared, error_min, warning_min, warning_max, error_max, beyond_chance, rows_min, consecutive }: Rule): Rule {
  return { metric, scope, column: column ?? null, compared, error_min, warning_min, warning_max, error_max, beyond_chance, rows_min, consecutive };
}

function mapBounds<Value>(read: (bound: Bound) => Value): Record<Bound, Value> {
  return { error_min: read("error_min"), warning_min: read("warning_min"), warning_max: read("warning_max"), error_max: read("error_max") };
}
