// What the address chooses on a store's page: the metric of the chart, up to two evaluations side by side, a check to edit.
import { useSearchParams } from "react-router";
import { METRICS } from "../../parts/readings";

export const COMPARED_MAX = 2;

/** As a check or an alert: one that is to be made. */
export const NEW = "new";

export interface Choice {
  /** Null: one that has values. */
  metric: string | null;
  compared: readonly string[];
  /** The id of the check that is being changed. */
  check: string | null;
  /** The id of the alert that is being changed. */
  alert: string | null;
}

export function useChoice() {
  const [parameters, setParameters] = useSearchParams();
  const named = parameters.get("metric");
  const choice: Choice = {
    metric: METRICS.find((metric) => metric.name === named)?.name ?? null,
    compared: (parameters.get("compare") ?? "").split(",").filter(Boolean).slice(0, COMPARED_MAX),
    check: parameters.get("check"),
    alert: parameters.get("alert"),
  };
  const change = (part: Partial<Choice>) => {
    const { metric, compared, check, alert } = { ...choice, ...part };
    const next = new URLSearchParams();
    if (metric !== null) next.set("metric", metric);
    if (compared.length > 0) next.set("compare", compared.join(","));
    if (check !== null) next.set("check", check);
    if (alert !== null) next.set("alert", alert);
    setParameters(next, { preventScrollReset: true });
  };
  return { choice, change };
}
