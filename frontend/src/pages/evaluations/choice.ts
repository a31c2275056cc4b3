// What the address chooses: store, evaluation, metric. Every state of the page is therefore a link.
import { useSearchParams } from "react-router";
import type { EvaluationSummary, Store } from "../../api/model";

import { METRICS } from "../../parts/readings";

const DEFAULT_METRIC = "roc_auc";

export interface Choice {
  project: string | null;
  store: string | null;
  evaluation: string | null;
  /** One of METRICS. */
  metric: string;
}

export function useChoice(): [Choice, (change: Partial<Choice>) => string, (change: Partial<Choice>) => void] {
  const [parameters, setParameters] = useSearchParams();
  const choice: Choice = {
    project: parameters.get("project"),
    store: parameters.get("store"),
    evaluation: parameters.get("evaluation"),
    metric: readMetric(parameters.get("metric")),
  };
  const link = (change: Partial<Choice>) => `?${encode({ ...choice, ...change })}`;
  const choose = (change: Partial<Choice>) => setParameters(encode({ ...choice, ...change }));
  return [choice, link, choose];
}

/** The store that the address names; the first one where it names none; nothing where it names one that is gone. */
export function pickStore(stores: readonly Store[], { project, store }: Choice): Store | undefined {
  if (project === null && store === null) return stores[0];
  return stores.find((one) => one.project === project && (store === null || one.name === store));
}

export function pickEvaluation(rows: readonly EvaluationSummary[], { evaluation }: Choice): string | undefined {
  return evaluation ?? rows[0]?.id;
}

function readMetric(name: string | null): string {
  return METRICS.some((metric) => metric.name === name) && name !== null ? name : DEFAULT_METRIC;
}

function encode({ project, store, evaluation, metric }: Choice): URLSearchParams {
  const parameters = new URLSearchParams();
  if (project !== null) parameters.set("project", project);
  if (store !== null) parameters.set("store", store);
  if (evaluation !== null) parameters.set("evaluation", evaluation);
  if (metric !== DEFAULT_METRIC) parameters.set("metric", metric);
  return parameters;
}
