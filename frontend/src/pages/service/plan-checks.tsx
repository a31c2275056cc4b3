// The checks of the plan: which are wanted, and their bounds.
import { Checkbox, Stack, Text, TextInput } from "@mantine/core";
import { FieldGroup } from "../../parts/field-group";
import classes from "./page.module.css";
import { type Bound, BOUNDS, type Draft, type PlannedCheck } from "./wishes";

const TITLES: Record<Bound, string> = {
  error_min: "ERROR at or below",
  warning_min: "WARNING at or below",
  warning_max: "WARNING from",
  error_max: "ERROR from",
};

interface Props {
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
}

export function CheckFields({ draft, onChange }: Props) {
  const set = (name: string, changes: Partial<Draft["checks"][number]>) =>
    onChange({ checks: draft.checks.map((one) => (one.check.name === name ? { ...one, ...changes } : one)) });
  return (
    <FieldGroup title="Checks">
      <Stack gap="md">
        {draft.checks.length === 0 && <Text size="sm">There is none for this model.</Text>}
        <Text size="sm" c="dimmed">
          Judged after every evaluation; the worst one is the status. Shares are parts of 1: 0.05 is 5 %. PSI is 0 for equal
          distributions, 0.1 for a small and 0.25 for a large shift. A change from the reference is the reading less that of
          the reference rows.
        </Text>
        {draft.checks.map(({ check, wanted }) => (
          <div key={check.name}>
            <Checkbox
              label={check.name}
              description={check.exists ? `${describe(check)}; stands already, stays as it is` : describe(check)}
              disabled={check.exists}
              checked={wanted}
              onChange={(event) => set(check.name, { wanted: event.currentTarget.checked })}
            />
            {wanted && !check.exists && <Bounds check={check} onChange={(changed) => set(check.name, { check: changed })} />}
          </div>
        ))}
      </Stack>
    </FieldGroup>
  );
}

function Bounds({ check, onChange }: { check: PlannedCheck; onChange: (check: PlannedCheck) => void }) {
  return (
    <div className={classes.bounds}>
      {BOUNDS.filter((bound) => check[bound] !== null).map((bound) => (
        <TextInput
          key={bound}
          label={TITLES[bound]}
          aria-label={`${check.name}: ${TITLES[bound]}`}
          type="number"
          step="any"
          size="xs"
          required
          withAsterisk={false}
          value={Number.isNaN(check[bound]) ? "" : (check[bound] ?? "")}
          onChange={(event) => onChange({ ...check, [bound]: event.currentTarget.valueAsNumber })}
        />
      ))}
    </div>
  );
}

function describe({ rule, rows_min, compared, beyond_chance }: PlannedCheck): string {
  const subject = rule.split(":")[0] ?? rule;
  const change = compared === "change" && !subject.includes("change") ? ", change from the reference" : "";
  return `${subject}${change}; at least ${rows_min} rows${beyond_chance ? "; only beyond chance" : ""}`;
}
