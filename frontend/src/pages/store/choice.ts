// What the address chooses on a store's page: the metric of the chart, up to two evaluations side by side, a check to edit.
import { useSearchParams } from "react-router";
import { METRICS } from "../../parts/readings";

export const COMPARED_MAX = 2;
const DEFAULT_METRIC = "roc_auc";

/** As a check: one that is to be made. */
export const NEW = "new";

export interface Choice {
  metric: string;
  compared: readonly string[];
  /** The id of the check that is being changed. */
  check: string | null;
}

export function useChoice() {
  const [parameters, setParameters] = useSearchParams();
  const named = parameters.get("metric");
  const choice: Choice = {
    metric: METRICS.find((metric) => metric.name === named)?.name ?? DEFAULT_METRIC,
    compared: (parameters.get("compare") ?? "").split(",").filter(Boolean).slice(0, COMPARED_MAX),
    check: parameters.get("check"),
  };
  const change = (part: Partial<Choice>) => {
    const { metric, compared, check } = { ...choice, ...part };
    const next = new URLSearchParams();
    if (metric !== DEFAULT_METRIC) next.set("metric", metric);
    if (compared.length > 0) next.set("compare", compared.join(","));
    if (check !== null) next.set("check", check);
    setParameters(next, { preventScrollReset: true });
  };
  return { choice, change };
}
