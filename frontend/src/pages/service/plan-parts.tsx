// The parts of the plan that have names, and when the recipe runs.
import { Anchor, Checkbox, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { Link } from "react-router";
import type { Plan } from "../../api/model";
import { FieldGroup, Fields } from "../../parts/field-group";
import { recipeAddress } from "../../parts/flow-addresses";
import { formatMoment } from "../../parts/moment";
import classes from "./page.module.css";
import type { Draft } from "./wishes";

const WINDOW_RULES = [
  { value: "last-closed-day", label: "the last closed day" },
  { value: "last-7-days", label: "the last 7 days" },
  { value: "last-30-days", label: "the last 30 days" },
  { value: "previous-week", label: "the previous week" },
  { value: "previous-month", label: "the previous month" },
];

interface Props {
  plan: Plan;
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
}

export function NameFields({ plan, draft, onChange }: Props) {
  return (
    <FieldGroup title="Flow">
      <Fields>
        <Name label="Zone" name="zone" {...{ plan, draft, onChange }} />
        <Name label="Log dataset" name="dataset" {...{ plan, draft, onChange }} />
        <Name label="Evaluate recipe" name="recipe" {...{ plan, draft, onChange }} />
        <Name label="Model evaluation store" name="store" {...{ plan, draft, onChange }} />
      </Fields>
    </FieldGroup>
  );
}

function Name({ label, name, plan, draft, onChange }: Props & { label: string; name: "zone" | "dataset" | "recipe" | "store" }) {
  if (plan[name].exists) {
    return (
      <div className={classes.standing}>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <Text size="sm">
          {plan[name].name}
          <Text span size="sm" c="dimmed">
            {" "}
            stands already
          </Text>
        </Text>
      </div>
    );
  }
  return (
    <TextInput
      label={label}
      required
      withAsterisk={false}
      value={draft[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
    />
  );
}

export function ScheduleFields({ plan, draft, onChange }: Props) {
  if (plan.schedule?.exists) return <StandingSchedule plan={plan} schedule={plan.schedule} />;
  const untouched =
    plan.schedule !== null &&
    draft.cron === plan.schedule.cron &&
    draft.timeZone === plan.schedule.time_zone &&
    draft.windowRule === plan.schedule.window_rule;
  return (
    <FieldGroup title="Schedule">
      <Stack gap="sm">
        <Checkbox
          label="Run the recipe by itself"
          checked={draft.scheduled}
          onChange={(event) => onChange({ scheduled: event.currentTarget.checked })}
        />
        {draft.scheduled && (
          <>
            <Fields>
              <TextInput
                label="When (cron)"
                required
                withAsterisk={false}
                value={draft.cron}
                onChange={(event) => onChange({ cron: event.currentTarget.value })}
              />
              <TextInput
                label="Time zone"
                required
                withAsterisk={false}
                value={draft.timeZone}
                onChange={(event) => onChange({ timeZone: event.currentTarget.value })}
              />
              <NativeSelect
                label="On the queries of"
                data={WINDOW_RULES}
                value={draft.windowRule}
                onChange={(event) => onChange({ windowRule: event.currentTarget.value })}
              />
            </Fields>
            {untouched && plan.schedule?.next_due_at && (
              <Text size="sm" c="dimmed">
                First on {formatMoment(plan.schedule.next_due_at)}.
              </Text>
            )}
          </>
        )}
      </Stack>
    </FieldGroup>
  );
}

function StandingSchedule({ plan, schedule }: { plan: Plan; schedule: NonNullable<Plan["schedule"]> }) {
  return (
    <FieldGroup title="Schedule">
      <Text size="sm">
        {`The recipe runs by itself already: ${schedule.cron} (${schedule.time_zone}). `}
        <Anchor component={Link} to={`${recipeAddress(plan.project, plan.recipe.name)}?tab=schedule`} size="sm">
          Change its schedule
        </Anchor>
      </Text>
    </FieldGroup>
  );
}
