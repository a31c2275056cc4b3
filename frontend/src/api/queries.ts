// What the pages ask the server for, with the keys under which answers are kept.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { get } from "./client";

const PAGE_ROWS = 200;
const REFRESH_MS = 15_000;

export function useStores() {
  return useQuery({
    queryKey: ["stores"],
    queryFn: ({ signal }) => get("/api/v1/stores", { signal }),
    refetchInterval: REFRESH_MS,
  });
}

/** The store's evaluations, the latest window first, a page at a time. */
export function useEvaluations(store: { project: string; name: string } | undefined) {
  return useInfiniteQuery({
    queryKey: ["evaluations", store?.project, store?.name],
    enabled: store !== undefined,
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) =>
      get("/api/v1/evaluations", {
        query: { project: store?.project ?? null, store: store?.name ?? null, limit: PAGE_ROWS, cursor: pageParam },
        signal,
      }),
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: REFRESH_MS,
  });
}
