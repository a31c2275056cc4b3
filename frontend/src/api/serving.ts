// What pages ask about serving: projects, models, services, deployments and what watches them.
import { useQuery } from "@tanstack/react-query";
import { get } from "./client";

const REFRESH_MS = 15_000;
const STATE_REFRESH_MS = 5_000;

export function useProjects() {
  return useQuery({
    queryKey: ["projects"],
    queryFn: ({ signal }) => get("/api/v1/projects", { signal }),
    refetchInterval: REFRESH_MS,
  });
}

export function useModels() {
  return useQuery({
    queryKey: ["models"],
    queryFn: ({ signal }) => get("/api/v1/models", { signal }),
    refetchInterval: REFRESH_MS,
  });
}

export function useServices() {
  return useQuery({
    queryKey: ["services"],
    queryFn: ({ signal }) => get("/api/v1/services", { signal }),
    refetchInterval: REFRESH_MS,
  });
}

export function useService(project: string, service_id: string) {
  return useQuery({
    queryKey: ["services", project, service_id],
    queryFn: ({ signal }) => get("/api/v1/services/{project}/{service_id}", { path: { project, service_id }, signal }),
  });
}

export function useDeployments() {
  return useQuery({
    queryKey: ["deployments"],
    queryFn: ({ signal }) => get("/api/v1/deployments", { signal }),
    refetchInterval: REFRESH_MS,
  });
}

export function useDeployment(deployment_id: string) {
  return useQuery({
    queryKey: ["deployments", deployment_id],
    queryFn: ({ signal }) => get("/api/v1/deployments/{deployment_id}", { path: { deployment_id }, signal }),
    refetchInterval: STATE_REFRESH_MS,
  });
}

export function useMonitoring(deployment_id: string, endpoint_id: string) {
  return useQuery({
    queryKey: ["monitoring", deployment_id, endpoint_id],
    queryFn: ({ signal }) =>
      get("/api/v1/deployments/{deployment_id}/endpoints/{endpoint_id}/monitoring", {
        path: { deployment_id, endpoint_id },
        signal,
      }),
    refetchInterval: REFRESH_MS,
  });
}

/** The log's table; null names none. */
export function useDataset(project: string, name: string | null) {
  return useQuery({
    queryKey: ["datasets", project, name],
    enabled: name !== null,
    queryFn: ({ signal }) =>
      get("/api/v1/datasets/{project}/{name}", { path: { project, name: name ?? "" }, signal }),
    refetchInterval: REFRESH_MS,
  });
}

/** The latest evaluations of a store; null names none. */
export function useLatestEvaluations(project: string, store: string | null, limit: number) {
  return useQuery({
    queryKey: ["evaluations", project, store, "latest", limit],
    enabled: store !== null,
    queryFn: ({ signal }) => get("/api/v1/evaluations", { query: { project, store, limit }, signal }),
    refetchInterval: REFRESH_MS,
  });
}
