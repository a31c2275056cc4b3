// The bounds of a store's checks over the chosen metric, window by window. Pure.
import type { Check } from "../../api/flow-queries";
import type { EvaluationSummary } from "../../api/model";
import { findReading } from "../../parts/readings";
import type { Threshold } from "../../parts/timeline-option";

const BOUNDS = [
  { field: "error_min", level: "error" },
  { field: "warning_min", level: "warning" },
  { field: "warning_max", level: "warning" },
  { field: "error_max", level: "error" },
] as const;

/** A bound on the change is drawn from the reference of each window. */
export function listThresholds(checks: readonly Check[], metric: string, rows: readonly EvaluationSummary[]): Threshold[] {
  const binding = checks.filter((check) => check.enabled && check.metric === metric && check.scope === "table");
  return binding.flatMap((check) =>
    BOUNDS.flatMap(({ field, level }): Threshold[] => {
      const bound = check[field];
      if (bound == null) return [];
      const values = rows.map((row) => {
        if (check.compared === "value") return bound;
        const reference = findReading(row.readings, metric)?.reference_value;
        return reference == null ? null : reference + bound;
      });
      return [{ name: `${check.name}: ${field.replace("_", " ")}`, level, values }];
    }),
  );
}
