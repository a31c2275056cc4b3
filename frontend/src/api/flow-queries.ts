// What the pages of a Flow ask and send: its items, zones, recipes and jobs, with the keys of their answers.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { act, get } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Flow = Schemas["FlowAnswer"];
export type FlowZone = Schemas["FlowZoneAnswer"];
export type FlowItem = Schemas["FlowItemAnswer"];
export type Recipe = Schemas["RecipeAnswer"];
export type RecipeSettings = Schemas["EvaluateRecipe"];
export type Dataset = Schemas["DatasetDetail"];
export type CheckResult = Schemas["CheckResultAnswer"];
export type Check = Schemas["CheckAnswer"];
export type CheckPreset = Schemas["PresetAnswer"];
export type Delivery = Schemas["DeliveryAnswer"];
export type Job = Schemas["JobAnswer"];
export type Schedule = Schemas["ScheduleAnswer"];
export type JobSummary = Schemas["JobSummary"];

const REFRESH_MS = 15_000;
const JOB_MS = 1_000;
const JOBS_SHOWN = 50;
const DELIVERIES_SHOWN = 20;
const ENDED = new Set(["done", "failed", "cancelled"]);

export function useProjects() {
  return useQuery({ queryKey: ["projects"], queryFn: ({ signal }) => get("/api/v1/projects", { signal }) });
}

export function useFlow(project: string) {
  return useQuery({
    queryKey: ["flow", project],
    queryFn: ({ signal }) => get("/api/v1/flow", { query: { project }, signal }),
    refetchInterval: REFRESH_MS,
  });
}

/** `enabled` false: the page does not need it yet. */
export function useDataset(project: string, name: string, enabled = true) {
  return useQuery({
    queryKey: ["dataset", project, name],
    enabled,
    queryFn: ({ signal }) => get("/api/v1/datasets/{project}/{name}", { path: { project, name }, signal }),
  });
}

export function useRecipe(project: string, name: string, enabled = true) {
  return useQuery({
    queryKey: ["recipe", project, name],
    enabled,
    queryFn: ({ signal }) => get("/api/v1/recipes/{project}/{name}", { path: { project, name }, signal }),
  });
}

/** The schedule of a recipe; null where it has none. */
export function useSchedule(project: string, recipe: string) {
  return useQuery({
    queryKey: ["schedules", project],
    queryFn: ({ signal }) => get("/api/v1/schedules", { query: { project }, signal }),
    select: ({ items }) => items.find((one) => one.recipe === recipe) ?? null,
  });
}

export function useModel(project: string, name: string, enabled = true) {
  return useQuery({
    queryKey: ["model", project, name],
    enabled,
    queryFn: ({ signal }) => get("/api/v1/models/{project}/{name}", { path: { project, name }, signal }),
  });
}

/** By the list, since a store's name may hold what no path may. */
export function useStore(project: string, name: string, enabled = true) {
  return useQuery({
    queryKey: ["stores", project],
    enabled,
    queryFn: ({ signal }) => get("/api/v1/stores", { query: { project }, signal }),
    select: ({ items }) => items.find((store) => store.name === name) ?? null,
    refetchInterval: REFRESH_MS,
  });
}

export function useConnections() {
  return useQuery({ queryKey: ["connections"], queryFn: ({ signal }) => get("/api/v1/connections", { signal }) });
}

export function useFolder(connection: string | undefined, path: string) {
  return useQuery({
    queryKey: ["browse", connection, path],
    enabled: connection !== undefined,
    queryFn: ({ signal }) =>
      get("/api/v1/connections/{connection_id}/browse", {
        path: { connection_id: connection ?? "" },
        query: { path },
        signal,
      }),
  });
}

export function useJobs(project: string) {
  return useQuery({
    queryKey: ["jobs", project],
    queryFn: ({ signal }) => get("/api/v1/jobs", { query: { project, limit: JOBS_SHOWN }, signal }),
    refetchInterval: REFRESH_MS,
  });
}

/** A job as it goes: pushed by the server, asked for where the stream breaks. What it made is asked anew at its end. */
export function useJob(id: string | null) {
  const queries = useQueryClient();
  const job = useQuery({
    queryKey: ["job", id],
    enabled: id !== null,
    queryFn: ({ signal }) => get("/api/v1/jobs/{job_id}", { path: { job_id: id ?? "" }, signal }),
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data) ? false : JOB_MS * 5),
  });
  const ended = job.data ? hasEnded(job.data) : true;
  const outcome = job.data && ended ? job.data.state : null;
  // However its end came to be known: by the stream, by the first answer, or by asking again.
  useEffect(() => {
    if (outcome !== null) void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "job" });
  }, [id, outcome, queries]);
  useEffect(() => {
    if (id === null || ended) return;
    const address = new URL(`api/v1/jobs/${encodeURIComponent(id)}/events`, document.baseURI);
    const stream = new EventSource(address);
    stream.addEventListener("job", (event: MessageEvent<string>) => {
      const found = JSON.parse(event.data) as Job;
      queries.setQueryData(["job", id], found);
      if (hasEnded(found)) stream.close();
    });
    return () => stream.close();
  }, [id, ended, queries]);
  return job;
}

export function hasEnded({ state }: Pick<JobSummary, "state">): boolean {
  return ENDED.has(state);
}

/** Sends one change, then asks anew for everything that may show it. */
export function useChange<Input, Outcome>(change: (input: Input) => Promise<Outcome>, then?: (outcome: Outcome) => void) {
  const queries = useQueryClient();
  return useMutation<Outcome, Error, Input>({
    mutationFn: change,
    onSuccess: (outcome) => {
      void queries.invalidateQueries();
      then?.(outcome);
    },
  });
}

export function runRecipe(project: string, name: string, window: string) {
  return act("post", "/api/v1/recipes/{project}/{name}/actions/run", { path: { project, name }, body: { window } });
}

export function cancelJob(id: string) {
  return act("post", "/api/v1/jobs/{job_id}/actions/cancel", { path: { job_id: id } });
}

/** One revision whole; the latest where none is named. */
export function useRevision(id: string, revision: number | null) {
  return useQuery({
    queryKey: ["evaluation", id, revision],
    queryFn: ({ signal }) => get("/api/v1/evaluations/{evaluation_id}", { path: { evaluation_id: id }, query: { revision }, signal }),
    placeholderData: keepPreviousData,
  });
}

export function useEvaluationChecks(id: string, revision: number | null) {
  return useQuery({
    queryKey: ["evaluation checks", id, revision],
    queryFn: ({ signal }) =>
      get("/api/v1/evaluations/{evaluation_id}/checks", { path: { evaluation_id: id }, query: { revision }, signal }),
  });
}

export function useChecks(project: string, store: string) {
  return useQuery({
    queryKey: ["checks", project, store],
    queryFn: ({ signal }) => get("/api/v1/checks", { query: { project, store }, signal }),
  });
}

export function useAlerts(project: string, store: string) {
  return useQuery({
    queryKey: ["alerts", project, store],
    queryFn: ({ signal }) => get("/api/v1/alerts", { query: { project, store }, signal }),
    refetchInterval: REFRESH_MS,
  });
}

/** The newest messages of an alert. `enabled` false: nobody looks at them yet. */
export function useDeliveries(alert: string, enabled: boolean) {
  return useQuery({
    queryKey: ["deliveries", alert],
    enabled,
    queryFn: ({ signal }) =>
      get("/api/v1/alerts/{alert_id}/deliveries", { path: { alert_id: alert }, query: { limit: DELIVERIES_SHOWN }, signal }),
  });
}

/** What the catalogue of metrics proposes; it does not change while a server runs. */
export function usePresets() {
  return useQuery({ queryKey: ["check presets"], queryFn: ({ signal }) => get("/api/v1/checks/presets", { signal }), staleTime: Infinity });
}

export function changeSettings(project: string, name: string, settings: RecipeSettings) {
  return act("patch", "/api/v1/recipes/{project}/{name}", { path: { project, name }, body: { settings } });
}
