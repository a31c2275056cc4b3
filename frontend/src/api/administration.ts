// What the administration page asks: the way of the events, the processes, places and infrastructures.
import { useQuery } from "@tanstack/react-query";
import { get } from "./client";

const LIVE_MS = 2_000;
const REFRESH_MS = 15_000;

export function useEventsStatus() {
  return useQuery({
    queryKey: ["events-status"],
    queryFn: ({ signal }) => get("/api/v1/events/status", { signal }),
    refetchInterval: LIVE_MS,
  });
}

export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => get("/api/v1/health", { signal }),
    refetchInterval: LIVE_MS,
  });
}

export function useDestinations() {
  return useQuery({
    queryKey: ["destinations"],
    queryFn: ({ signal }) => get("/api/v1/destinations", { signal }),
    refetchInterval: REFRESH_MS,
  });
}

export function useApiKeys() {
  return useQuery({
    queryKey: ["api-keys"],
    queryFn: ({ signal }) => get("/api/v1/api-keys", { signal }),
    refetchInterval: REFRESH_MS,
  });
}

export function useConnections() {
  return useQuery({
    queryKey: ["connections"],
    queryFn: ({ signal }) => get("/api/v1/connections", { signal }),
    refetchInterval: REFRESH_MS,
  });
}

export function useInfrastructures() {
  return useQuery({
    queryKey: ["infrastructures"],
    queryFn: ({ signal }) => get("/api/v1/infrastructures", { signal }),
    refetchInterval: REFRESH_MS,
  });
}
