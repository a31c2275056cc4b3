// Whether what the model answers has moved: its distribution, and the readings of the prediction and the probabilities.
import { Text, Title } from "@mantine/core";
import type { Evaluation } from "../../api/model";
import { ColumnReadings } from "./column-readings";
import { DistributionView } from "./distribution-view";
import classes from "./page.module.css";

export function PredictionDrift({ evaluation: { readings, features, distributions = [] } }: { evaluation: Evaluation }) {
  const inputs = new Set(features.map((feature) => feature.name));
  const columns = [...new Set(readings.flatMap(({ column }) => (column == null || inputs.has(column) ? [] : [column])))];
  if (columns.length === 0) return null;
  return (
    <section className="card" aria-label="Prediction drift">
      <Title order={2}>Prediction drift</Title>
      <Text size="sm" c="dimmed">
        What the model answers, on the reference and now. It needs no labels.
      </Text>
      <div className={classes.outputs}>
        {columns.map((column) => {
          const distribution = distributions.find((one) => one.is_output && one.column === column);
          return (
            <div key={column}>
              <Text component="h3" size="sm" fw={600} mt="xs">
                {describeColumn(column)}
              </Text>
              {distribution && <DistributionView distribution={distribution} />}
              <ColumnReadings readings={readings} column={column} />
            </div>
          );
        })}
      </div>
    </section>
  );
}

function describeColumn(column: string): string {
  if (column === "prediction") return "Prediction";
  return column.startsWith("proba.") ? `Probability of ${column.slice("proba.".length)}` : column;
}
