// What the window is compared with: the model version's own reference, or a window of a log.
import { Group, NativeSelect, Radio, Stack, Text, TextInput, Title } from "@mantine/core";
import { type Dataset, useDataset, useFlow } from "../../api/flow-queries";
import { Failure } from "../../parts/failure";
import { formatCount } from "../../parts/readings";
import type { PartProps } from "./settings-form";

const DAY_MS = 86_400_000;
const DAYS_TO_BEGIN_WITH = 7;

export function ReferencePart({ recipe, settings, set }: PartProps) {
  const flow = useFlow(recipe.project);
  const found = flow.data?.zones.flatMap((zone) => zone.items).filter(({ kind }) => kind === "dataset").map(({ name }) => name) ?? [];
  const reference = settings.reference ?? null;
  const names = [...new Set([...found, reference?.dataset ?? recipe.dataset])].sort();
  const log = useDataset(recipe.project, reference?.dataset ?? recipe.dataset);
  const [first, last] = reference ? readWindow(reference.window) : ["", ""];
  const change = (dataset: string, from: string, to: string) => set({ reference: { dataset, window: `${from}/${addDay(to)}` } });
  return (
    <>
      <Title order={2}>Reference</Title>
      <Text size="sm">Drift is measured against it, and its performance stands beside the window's.</Text>
      <Stack gap="xs" role="radiogroup" aria-label="Reference">
        <Radio
          name="reference"
          label="The reference of the model version"
          description="Its held-out rows with predictions and labels, kept when it was saved."
          checked={reference === null}
          onChange={() => set({ reference: null })}
        />
        <Radio
          name="reference"
          label="A window of a log"
          description="The answered rows of these days, of every version and deployment, up to 100 000 of them."
          checked={reference !== null}
          onChange={() => set({ reference: { dataset: recipe.dataset, window: startWindow(log.data) } })}
        />
      </Stack>
      {reference && (
        <>
          <NativeSelect label="Reference dataset" value={reference.dataset} data={names} onChange={(event) => change(event.currentTarget.value, first, last)} />
          <Group gap="xs" grow align="start">
            <TextInput type="date" label="First day" required max={last} value={first} onChange={(event) => event.currentTarget.value && change(reference.dataset, event.currentTarget.value, maxOf(last, event.currentTarget.value))} />
            <TextInput type="date" label="Last day" required min={first} value={last} onChange={(event) => event.currentTarget.value && change(reference.dataset, minOf(first, event.currentTarget.value), event.currentTarget.value)} />
          </Group>
          {log.isError ? (
            <Failure what="The reference dataset could not be looked at" error={log.error} retry={() => void log.refetch()} />
          ) : (
            <Text size="sm" c="dimmed" role="status">
              {log.data ? describeRows(log.data, first, last) : "Counting its rows …"}
            </Text>
          )}
        </>
      )}
    </>
  );
}

/** First and last day; the end of a window as it is written is not part of it. */
function readWindow(window: string): [string, string] {
  const [start = "", end = ""] = window.split("/");
  return [start, moveDay(end, -1)];
}

function addDay(day: string): string {
  return moveDay(day, 1);
}

function moveDay(day: string, days: number): string {
  const moment = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(moment) ? day : new Date(moment + days * DAY_MS).toISOString().slice(0, 10);
}

/** The first days of the log, to begin with; before there are any, the week before today. */
function startWindow(log: Dataset | undefined): string {
  const days = listDays(log);
  const today = new Date().toISOString().slice(0, 10);
  const from = days[0] ?? moveDay(today, -DAYS_TO_BEGIN_WITH);
  return `${from}/${moveDay(from, DAYS_TO_BEGIN_WITH)}`;
}

function listDays(log: Dataset | undefined): string[] {
  return (log?.partitions ?? []).map(({ day }) => day).sort();
}

function describeRows(log: Dataset, first: string, last: string): string {
  const rows = log.partitions.filter(({ day }) => day >= first && day <= last).reduce((sum, one) => sum + one.row_count, 0);
  if (rows > 0) return `${formatCount(rows)} rows were logged on these days.`;
  const days = listDays(log);
  return days.length === 0 ? "The dataset has no rows yet." : `No rows on these days; the dataset has some from ${days[0]} to ${days.at(-1)}.`;
}

function minOf(one: string, other: string): string {
  return one < other ? one : other;
}

function maxOf(one: string, other: string): string {
  return one > other ? one : other;
}
