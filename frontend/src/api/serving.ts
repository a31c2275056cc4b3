// What pages ask about serving: the overview, services, deployments, what went through them and what watches them.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "./client";

const REFRESH_MS = 15_000;
const STATE_REFRESH_MS = 5_000;
const TAIL_REFRESH_MS = 3_000;

/** Every project with what it serves, in one answer. */
export function useOverview() {
  return useQuery({
    queryKey: ["overview"],
    queryFn: ({ signal }) => get("/api/v1/overview", { signal }),
    refetchInterval: REFRESH_MS,
  });
}

export function useService(project: string, service_id: string) {
  return useQuery({
    queryKey: ["services", project, service_id],
    queryFn: ({ signal }) => get("/api/v1/services/{project}/{service_id}", { path: { project, service_id }, signal }),
  });
}

/** The service's versions, oldest first, with what each answers with. */
export function useGenerations(project: string, service_id: string) {
  return useQuery({
    queryKey: ["services", project, service_id, "generations"],
    queryFn: ({ signal }) =>
      get("/api/v1/services/{project}/{service_id}/generations", { path: { project, service_id }, signal }),
  });
}

/** Test queries that are kept with an endpoint. */
export function useStoredQueries(project: string, service_id: string, endpoint_id: string) {
  return useQuery({
    queryKey: ["test queries", project, service_id, endpoint_id],
    queryFn: ({ signal }) =>
      get("/api/v1/services/{project}/{service_id}/endpoints/{endpoint_id}/test-queries", {
        path: { project, service_id, endpoint_id },
        signal,
      }),
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

/** Of the endpoints of one deployment, or of one endpoint of a service wherever it is deployed. */
export function useMonitorings(of: { deployment_id: string } | { project: string; service_id: string; endpoint_id: string }) {
  return useQuery({
    queryKey: ["monitoring", of],
    queryFn: ({ signal }) => get("/api/v1/monitoring", { query: of, signal }),
    refetchInterval: REFRESH_MS,
  });
}

/** By day; without a window the last days that have rows. A log that is to come is asked for again. */
export function useActivity(deployment_id: string, endpoint_id: string, window: string | null) {
  return useQuery({
    queryKey: ["activity", deployment_id, endpoint_id, window],
    queryFn: ({ signal }) =>
      get("/api/v1/deployments/{deployment_id}/endpoints/{endpoint_id}/activity", {
        path: { deployment_id, endpoint_id },
        query: { window },
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.last_day === null ? TAIL_REFRESH_MS : false),
  });
}

/** The latest events; asked for again and again while `following`. */
export function useTail(deployment_id: string, endpoint_id: string, limit: number, following: boolean) {
  return useQuery({
    queryKey: ["tail", deployment_id, endpoint_id, limit],
    queryFn: ({ signal }) =>
      get("/api/v1/deployments/{deployment_id}/endpoints/{endpoint_id}/tail", {
        path: { deployment_id, endpoint_id },
        query: { limit },
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (following || state.data?.row_count === 0 ? TAIL_REFRESH_MS : false),
  });
}

/** `features`: the JSON of a query to send; null leaves the choice to the server. */
export function useSampleCode(deployment_id: string, endpoint_id: string, features: string | null) {
  return useQuery({
    queryKey: ["sample code", deployment_id, endpoint_id, features],
    queryFn: ({ signal }) =>
      get("/api/v1/deployments/{deployment_id}/endpoints/{endpoint_id}/sample-code", {
        path: { deployment_id, endpoint_id },
        query: { features },
        signal,
      }),
  });
}
