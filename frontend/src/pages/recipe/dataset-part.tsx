// The rows that are evaluated: the log, and whether it is read as what API nodes write.
import { Anchor, Skeleton, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import { type Dataset, useDataset } from "../../api/flow-queries";
import { Failure } from "../../parts/failure";
import { datasetAddress } from "../../parts/flow-addresses";
import { formatCount } from "../../parts/readings";
import { TrinaryField } from "../../parts/setting-fields";
import type { PartProps } from "./settings-form";

export function DatasetPart({ recipe, settings, set }: PartProps) {
  const log = useDataset(recipe.project, recipe.dataset);
  return (
    <>
      <Title order={2}>Evaluation dataset</Title>
      {log.isError ? (
        <Failure what="The dataset could not be looked at" error={log.error} retry={() => void log.refetch()} />
      ) : log.isPending ? (
        <Skeleton height={44} role="status" aria-label="Loading the dataset" />
      ) : (
        <Text size="sm">
          <Anchor component={Link} to={datasetAddress(recipe.project, recipe.dataset)} size="sm" td="underline">
            {recipe.dataset}
          </Anchor>
          : {describe(log.data)}
        </Text>
      )}
      <TrinaryField
        label="Handle dataset as API node logs"
        description="Takes only rows that were answered (status 200) by the primary arm, and reads features, predictions and versions where API nodes log them."
        auto={tellDetected(log.data)}
        value={settings.handle_as_api_node_logs}
        onChange={(value) => set({ handle_as_api_node_logs: value })}
      />
    </>
  );
}

function describe({ state, row_count: rows, partitions }: Dataset): string {
  if (state === "empty" || partitions.length === 0) return "no rows yet.";
  const days = partitions.map(({ day }) => day).sort();
  return `${formatCount(rows)} rows on ${formatCount(days.length)} ${days.length === 1 ? "day" : "days"}, ${days[0]} to ${days.at(-1)}.`;
}

function tellDetected(log: Dataset | undefined): string {
  if (!log || log.state === "empty") return "Detected with the first rows";
  return log.is_api_node_log ? "Detected: yes, it has their columns" : "Detected: no, it lacks their columns";
}
