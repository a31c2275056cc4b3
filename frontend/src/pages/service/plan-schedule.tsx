// When the plan's recipe runs by itself, and on which queries.
import { Anchor, Checkbox, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { Plan } from "../../api/model";
import { FieldGroup, Fields } from "../../parts/field-group";
import { recipeAddress } from "../../parts/flow-addresses";
import { formatMoment } from "../../parts/moment";
import { findCronFault, findZoneFault, RULES, TIMES } from "../../parts/schedule-choices";
import type { Draft } from "./wishes";

const OTHER = "other";

interface Props {
  plan: Plan;
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
}

export function ScheduleFields({ plan, draft, onChange }: Props) {
  if (plan.schedule?.exists) return <StandingSchedule plan={plan} schedule={plan.schedule} />;
  return (
    <FieldGroup title="Schedule">
      <Stack gap="sm">
        <Checkbox
          label="Run the recipe by itself"
          description="What was missed is caught up once"
          checked={draft.scheduled}
          onChange={(event) => onChange({ scheduled: event.currentTarget.checked })}
        />
        {draft.scheduled && <Times plan={plan} draft={draft} onChange={onChange} />}
      </Stack>
    </FieldGroup>
  );
}

function Times({ plan, draft: { cron, timeZone, windowRule }, onChange }: Props) {
  const [choice, setChoice] = useState(cron in TIMES ? cron : OTHER);
  return (
    <>
      <Fields>
        <NativeSelect
          label="Runs"
          description="In the time zone beside it"
          data={[...Object.entries(TIMES).map(([value, label]) => ({ value, label })), { value: OTHER, label: "At other times …" }]}
          value={choice}
          onChange={({ currentTarget: { value } }) => {
            setChoice(value);
            if (value !== OTHER) onChange({ cron: value });
          }}
        />
        {choice === OTHER && (
          <TextInput
            label="Cron"
            description="Minute, hour, day of month, month, day of week"
            required
            withAsterisk={false}
            value={cron}
            error={findCronFault(cron)}
            onChange={(event) => onChange({ cron: event.currentTarget.value })}
          />
        )}
        <TextInput
          label="Time zone"
          description="UTC, Europe/Berlin, …"
          required
          withAsterisk={false}
          value={timeZone}
          error={findZoneFault(timeZone)}
          onChange={(event) => onChange({ timeZone: event.currentTarget.value })}
        />
        <NativeSelect
          label="On the queries of"
          description="The window of each run, in UTC days"
          data={RULES}
          value={windowRule}
          onChange={(event) => onChange({ windowRule: event.currentTarget.value })}
        />
      </Fields>
      <Text size="sm" c="dimmed">
        {describeFirst(plan, { cron, timeZone, windowRule })}
      </Text>
    </>
  );
}

/** The server knows when the plan's own schedule is due; of another one it says so once it is made. */
function describeFirst({ schedule }: Plan, { cron, timeZone, windowRule }: Pick<Draft, "cron" | "timeZone" | "windowRule">): string {
  if (findCronFault(cron) !== null || findZoneFault(timeZone) !== null) return "No first run: the schedule cannot be read.";
  const untouched = schedule && cron === schedule.cron && timeZone === schedule.time_zone && windowRule === schedule.window_rule;
  return untouched && schedule.next_due_at
    ? `First on ${formatMoment(schedule.next_due_at)}.`
    : "Changed: the first run is told as soon as the schedule is made.";
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
