// What the address chooses on a store's page: the metric of the chart, and up to two evaluations side by side.
import { useSearchParams } from "react-router";
import { METRICS } from "../../parts/readings";

export const COMPARED_MAX = 2;
const DEFAULT_METRIC = "roc_auc";

export interface Choice {
  metric: string;
  compared: readonly string[];
}

export function useChoice() {
  const [parameters, setParameters] = useSearchParams();
  const named = parameters.get("metric");
  const choice: Choice = {
    metric: METRICS.find((metric) => metric.name === named)?.name ?? DEFAULT_METRIC,
    compared: (parameters.get("compare") ?? "").split(",").filter(Boolean).slice(0, COMPARED_MAX),
  };
  const change = (part: Partial<Choice>) => {
    const { metric, compared } = { ...choice, ...part };
    const next = new URLSearchParams();
    if (metric !== DEFAULT_METRIC) next.set("metric", metric);
    if (compared.length > 0) next.set("compare", compared.join(","));
    setParameters(next, { preventScrollReset: true });
  };
  return { choice, change };
}
