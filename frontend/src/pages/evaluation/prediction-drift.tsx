// Whether what the model answers has moved: the readings of the prediction and of the probabilities.
import { Text, Title } from "@mantine/core";
import type { Evaluation } from "../../api/model";
import { ColumnReadings } from "./column-readings";

export function PredictionDrift({ evaluation: { readings, features } }: { evaluation: Evaluation }) {
  const inputs = new Set(features.map((feature) => feature.name));
  const columns = [...new Set(readings.flatMap(({ column }) => (column == null || inputs.has(column) ? [] : [column])))];
  if (columns.length === 0) return null;
  return (
    <section className="card" aria-label="Prediction drift">
      <Title order={2}>Prediction drift</Title>
      {columns.map((column) => (
        <div key={column}>
          <Text component="h3" size="sm" fw={600} mt="xs">
            {column}
          </Text>
          <ColumnReadings readings={readings} column={column} />
        </div>
      ))}
    </section>
  );
}
