// Which days a run evaluates, and how many rows go where rows themselves are needed.
import { Anchor, Text, Title } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { NumberField } from "../../parts/setting-fields";
import type { PartProps } from "./settings-form";

export function SamplingPart({ settings, set }: PartProps) {
  const [parameters] = useSearchParams();
  const toSchedule = new URLSearchParams(parameters);
  toSchedule.set("tab", "schedule");
  return (
    <>
      <Title order={2}>Window and sampling</Title>
      <Text size="sm">
        Whole UTC days are evaluated: those chosen with <em>Run</em>, or by the rule of the{" "}
        <Anchor component={Link} to={`?${toSchedule}`} size="sm" td="underline">
          schedule
        </Anchor>
        . The same window again adds a revision only where something has changed, such as labels that have come.
      </Text>
      <Text size="sm">Drift and performance count every row. Only what needs rows themselves, the domain classifier, takes a sample.</Text>
      <NumberField label="Rows of each side at most" min={1_000} max={1_000_000} value={settings.sample_rows_max} onChange={(value) => set({ sample_rows_max: value })} />
      <NumberField label="Seed" description="The same seed takes the same rows." min={0} max={2 ** 32 - 1} value={settings.seed} onChange={(value) => set({ seed: value })} />
    </>
  );
}
