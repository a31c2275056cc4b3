// Runs a recipe on a window: a month that the log has rows of, the whole log, or any days.
import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { type Dataset, runRecipe, useChange, useDataset } from "../api/flow-queries";
import { Failure } from "./failure";
import { formatCount } from "./readings";
import { describeWindow } from "./window-text";

const DAY_MS = 86_400_000;
const OTHER = "other";

interface Props {
  project: string;
  recipe: string;
  dataset: string;
  onStart: (job: string) => void;
}

export function RunForm({ project, recipe, dataset, onStart }: Props) {
  const log = useDataset(project, dataset);
  const [choice, setChoice] = useState<string | null>(null);
  const [first, setFirst] = useState("");
  const [last, setLast] = useState("");
  const run = useChange((window: string) => runRecipe(project, recipe, window), (job) => onStart(job.id));
  const windows = log.data ? listWindows(log.data) : [];
  const chosen = choice ?? windows[0]?.value ?? OTHER;
  const window = chosen === OTHER ? makeWindow(first, last) : chosen;
  return (
    <form
      aria-label="Run the recipe"
      onSubmit={(event) => {
        event.preventDefault();
        if (window !== null) run.mutate(window);
      }}
    >
      <Stack gap="xs">
        <NativeSelect
          label="Window"
          value={chosen}
          onChange={(event) => setChoice(event.currentTarget.value)}
          data={[...windows, { value: OTHER, label: "Other days …" }]}
        />
        {chosen === OTHER && (
          <Group grow gap="xs" align="start">
            <TextInput type="date" label="First day" value={first} onChange={(event) => setFirst(event.currentTarget.value)} required />
            <TextInput type="date" label="Last day" value={last} onChange={(event) => setLast(event.currentTarget.value)} required />
          </Group>
        )}
        {chosen === OTHER && window === null && (
          <Text size="sm" c="dimmed" role="status">
            {first !== "" && last !== "" ? "The last day is before the first." : "Give the first and the last day; both are part of the window."}
          </Text>
        )}
        {log.data?.state === "empty" && (
          <Text size="sm" c="dimmed">
            The log has no rows yet, so a run would find nothing to evaluate.
          </Text>
        )}
        <Button type="submit" leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={run.isPending} disabled={window === null}>
          Run
        </Button>
        {run.isError && <Failure what="The run could not be started" error={run.error} retry={() => window !== null && run.mutate(window)} />}
      </Stack>
    </form>
  );
}

/** Months first, the latest on top; then all days of the log. */
function listWindows({ partitions }: Dataset): { value: string; label: string }[] {
  const months = new Map<string, number>();
  for (const { day, row_count: rows } of partitions) {
    const month = day.slice(0, 7);
    months.set(month, (months.get(month) ?? 0) + rows);
  }
  const found = [...months].sort(([a], [b]) => b.localeCompare(a)).map(([month, rows]) => {
    const next = new Date(`${month}-01T00:00:00Z`);
    next.setUTCMonth(next.getUTCMonth() + 1);
    const window = `${month}-01/${next.toISOString().slice(0, 10)}`;
    return { value: window, label: `${describeWindow(window)} (${formatCount(rows)} rows)` };
  });
  const days = partitions.map(({ day }) => day).sort();
  const whole = makeWindow(days[0] ?? "", days.at(-1) ?? "");
  return whole === null || found.length < 2 ? found : [...found, { value: whole, label: `All days: ${describeWindow(whole)}` }];
}

/** Both days are part of the window; the server's notation leaves out its end. */
function makeWindow(first: string, last: string): string | null {
  if (first === "" || last === "" || last < first) return null;
  return `${first}/${new Date(Date.parse(`${last}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10)}`;
}
