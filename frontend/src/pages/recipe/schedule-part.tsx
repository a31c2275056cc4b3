// When the recipe runs by itself: made, changed, switched off and deleted here; and what it ran last.
import { Anchor, Button, Checkbox, Group, NativeSelect, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { act } from "../../api/client";
import { type Recipe, type Schedule, useChange, useSchedule } from "../../api/flow-queries";
import { Confirmation } from "../../parts/confirmation";
import { Failure } from "../../parts/failure";
import { formatMoment } from "../../parts/moment";
import { RULES, TIMES } from "../../parts/schedule-choices";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";

const OTHER = "other";

export function SchedulePart({ recipe }: { recipe: Recipe }) {
  const found = useSchedule(recipe.project, recipe.name);
  const [done, setDone] = useState("");
  return (
    <>
      <Title order={2}>Schedule</Title>
      {found.isPending ? (
        <Skeleton height={220} role="status" aria-label="Loading the schedule" />
      ) : found.isError ? (
        <Failure what="The schedule could not be shown" error={found.error} retry={() => void found.refetch()} />
      ) : (
        <>
          {found.data === null ? (
            <Text size="sm">The recipe runs only by hand. With a schedule it runs by itself, and catches up once on what it missed.</Text>
          ) : (
            <State schedule={found.data} />
          )}
          <ScheduleForm key={found.data?.updated_at ?? "new"} recipe={recipe} schedule={found.data} onDone={setDone} />
          <Text size="sm" c="dimmed" role="status">
            {done}
          </Text>
        </>
      )}
    </>
  );
}

function State({ schedule: { enabled, next_due_at: due, next_window: window, last_run: last } }: { schedule: Schedule }) {
  const [parameters] = useSearchParams();
  const toJob = new URLSearchParams(parameters);
  if (last) toJob.set("job", last.job_id);
  return (
    <Stack gap={4}>
      <Text size="sm">
        {enabled && due && window ? `Next: ${formatMoment(due)}, on ${describeWindow(window)}.` : "Switched off: it does not run by itself."}
      </Text>
      {last ? (
        <Group gap="xs">
          <Text size="sm">
            Last:{" "}
            <Anchor component={Link} to={`?${toJob}`} size="sm" td="underline">
              {describeWindow(last.window)}
            </Anchor>
            , {last.state}.
          </Text>
          {last.outcome && <StatusBadge status={last.outcome} size="sm" />}
          <Text size="sm" c="dimmed">
            {last.message}
          </Text>
        </Group>
      ) : (
        <Text size="sm" c="dimmed">
          It has not run yet.
        </Text>
      )}
    </Stack>
  );
}

interface FormProps {
  recipe: Recipe;
  schedule: Schedule | null;
  onDone: (words: string) => void;
}

function ScheduleForm({ recipe: { project, name }, schedule, onDone }: FormProps) {
  const [cron, setCron] = useState(schedule?.cron ?? "30 2 * * *");
  const [choice, setChoice] = useState(cron in TIMES ? cron : OTHER);
  const [zone, setZone] = useState(schedule?.time_zone ?? "UTC");
  const [rule, setRule] = useState(schedule?.window_rule ?? "last-closed-day");
  const [enabled, setEnabled] = useState(schedule?.enabled ?? true);
  const [asked, setAsked] = useState(false);
  const body = { cron: cron.trim(), time_zone: zone.trim(), window_rule: rule };
  const save = useChange(
    () =>
      schedule
        ? act("patch", "/api/v1/schedules/{schedule_id}", { path: { schedule_id: schedule.id }, body: { ...body, enabled } })
        : act("post", "/api/v1/schedules", { body: { project, recipe: name, ...body } }),
    () => onDone("The schedule is saved."),
  );
  const remove = useChange(
    (id: string) => act("delete", "/api/v1/schedules/{schedule_id}", { path: { schedule_id: id } }),
    () => onDone("The schedule is deleted."),
  );
  return (
    <form onSubmit={(event) => (event.preventDefault(), save.mutate(undefined))} aria-label="Schedule">
      <Stack gap="md">
        <NativeSelect
          label="Runs"
          value={choice}
          data={[...Object.entries(TIMES).map(([value, label]) => ({ value, label })), { value: OTHER, label: "At other times …" }]}
          onChange={(event) => {
            setChoice(event.currentTarget.value);
            if (event.currentTarget.value !== OTHER) setCron(event.currentTarget.value);
          }}
        />
        {choice === OTHER && (
          <TextInput label="Cron" description="Minute, hour, day of month, month, day of week." required value={cron} onChange={(event) => setCron(event.currentTarget.value)} />
        )}
        <TextInput label="Time zone" required value={zone} onChange={(event) => setZone(event.currentTarget.value)} />
        <NativeSelect
          label="Window of a run"
          value={rule}
          data={RULES.some((one) => one.value === rule) ? RULES : [...RULES, { value: rule, label: rule }]}
          onChange={(event) => setRule(event.currentTarget.value)}
        />
        {schedule && <Checkbox label="Switched on" checked={enabled} onChange={(event) => setEnabled(event.currentTarget.checked)} />}
        <Group gap="sm">
          <Button type="submit" loading={save.isPending}>
            {schedule ? "Save the schedule" : "Make a schedule"}
          </Button>
          {schedule && !asked && (
            <Button variant="default" onClick={() => setAsked(true)}>
              Delete the schedule
            </Button>
          )}
        </Group>
        {schedule && asked && (
          <Confirmation
            consequence="The recipe then runs only by hand."
            pending={remove.isPending}
            onConfirm={() => remove.mutate(schedule.id)}
            onKeep={() => setAsked(false)}
          />
        )}
        {save.isError && <Failure what="The schedule was not saved" error={save.error} retry={() => save.mutate(undefined)} />}
        {remove.isError && schedule && <Failure what="The schedule was not deleted" error={remove.error} retry={() => remove.mutate(schedule.id)} />}
      </Stack>
    </form>
  );
}
