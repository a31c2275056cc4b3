// What the window is compared with: the model version's own reference, or a window of a log.
import { Group, NativeSelect, Radio, Stack, Text, TextInput, Title } from "@mantine/core";
import { useFlow } from "../../api/flow-queries";
import type { PartProps } from "./settings-form";

const DAY_MS = 86_400_000;

export function ReferencePart({ recipe, settings, set }: PartProps) {
  const flow = useFlow(recipe.project);
  const found = flow.data?.zones.flatMap((zone) => zone.items).filter(({ kind }) => kind === "dataset").map(({ name }) => name) ?? [];
  const reference = settings.reference ?? null;
  const names = [...new Set([...found, reference?.dataset ?? recipe.dataset])].sort();
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
          onChange={() => set({ reference: { dataset: recipe.dataset, window: startWindow() } })}
        />
      </Stack>
      {reference && (
        <>
          <NativeSelect label="Reference dataset" value={reference.dataset} data={names} onChange={(event) => change(event.currentTarget.value, first, last)} />
          <Group gap="xs" grow align="start">
            <TextInput type="date" label="First day" required max={last} value={first} onChange={(event) => event.currentTarget.value && change(reference.dataset, event.currentTarget.value, maxOf(last, event.currentTarget.value))} />
            <TextInput type="date" label="Last day" required min={first} value={last} onChange={(event) => event.currentTarget.value && change(reference.dataset, minOf(first, event.currentTarget.value), event.currentTarget.value)} />
          </Group>
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

/** The week before today, to begin with. */
function startWindow(): string {
  const today = new Date().toISOString().slice(0, 10);
  return `${moveDay(today, -7)}/${today}`;
}

function minOf(one: string, other: string): string {
  return one < other ? one : other;
}

function maxOf(one: string, other: string): string {
  return one > other ? one : other;
}
