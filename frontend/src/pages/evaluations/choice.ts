// What the address chooses: store and metric. Every state of the page is therefore a link.
import { useSearchParams } from "react-router";
import type { Store } from "../../api/model";

import { METRICS } from "../../parts/readings";

export interface Choice {
  project: string | null;
  store: string | null;
  /** One of METRICS; null: one that has values. */
  metric: string | null;
}

export function useChoice(): { choice: Choice; choose: (change: Partial<Choice>) => void } {
  const [parameters, setParameters] = useSearchParams();
  const choice: Choice = {
    project: parameters.get("project"),
    store: parameters.get("store"),
    metric: readMetric(parameters.get("metric")),
  };
  return { choice, choose: (change) => setParameters(encode({ ...choice, ...change })) };
}

/** The store that the address names; the first one where it names none; nothing where it names one that is gone. */
export function pickStore(stores: readonly Store[], { project, store }: Choice): Store | undefined {
  if (project === null && store === null) return stores[0];
  return stores.find((one) => one.project === project && (store === null || one.name === store));
}

function readMetric(name: string | null): string | null {
  return METRICS.find((metric) => metric.name === name)?.name ?? null;
}

function encode({ project, store, metric }: Choice): URLSearchParams {
  const parameters = new URLSearchParams();
  if (project !== null) parameters.set("project", project);
  if (store !== null) parameters.set("store", store);
  if (metric !== null) parameters.set("metric", metric);
  return parameters;
}
