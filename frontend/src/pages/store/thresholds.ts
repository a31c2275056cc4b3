// The bounds of a store's checks over the chosen metric and over the share of drifted features, window by window. Pure.
import type { Check } from "../../api/flow-queries";
import type { EvaluationSummary } from "../../api/model";
import { findReading, formatValue, getMetricTitle } from "../../parts/readings";
import type { Threshold } from "../../parts/timeline-option";

const DRIFT = "drifted_share";
/** No table has so many features that one of them is less. */
const FIRST_FEATURE_MAX = 0.001;
const BOUNDS = [
  { field: "error_min", level: "error" },
  { field: "warning_min", level: "warning" },
  { field: "warning_max", level: "warning" },
  { field: "error_max", level: "error" },
] as const;

/** A bound on the change is drawn from the reference of each window. */
export function listThresholds(checks: readonly Check[], metric: string, rows: readonly EvaluationSummary[]): Threshold[] {
  const binding = checks.filter((check) => check.enabled && check.scope === "table" && (check.metric === metric || check.metric === DRIFT));
  return binding.flatMap((check) =>
    BOUNDS.flatMap(({ field, level }): Threshold[] => {
      const bound = check[field];
      if (bound == null) return [];
      const values = rows.map((row) => {
        if (check.compared === "value") return bound;
        const reference = findReading(row.readings, check.metric)?.reference_value;
        return reference == null ? null : reference + bound;
      });
      const change = check.compared === "change" ? " from the reference" : "";
      const first = check.metric === DRIFT && field === "warning_max" && bound > 0 && bound <= FIRST_FEATURE_MAX;
      const size = check.metric === DRIFT ? showShare(bound) : formatValue(bound, getMetricTitle(check.metric));
      return [{ name: `${check.name}: ${level.toUpperCase()} ${first ? "from any feature" : `at ${size.replace("-", "−")}${change}`}`, of: check.metric === DRIFT ? "drift" : "metric", level, values }];
    }),
  );
}

/** A bound just above nothing is not nothing. */
function showShare(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
