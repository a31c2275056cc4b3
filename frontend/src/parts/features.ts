// The features of a model version as a page asks for them. A version never changes.
import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import { readFeatures } from "./feature-schema";

/** `version` null: not needed yet, or not known yet. */
export function useFeatures(project: string, model: string, version: string | null) {
  return useQuery({
    queryKey: ["model-version", project, model, version],
    enabled: version !== null,
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const path = { project, name: model, version: version ?? "" };
      return readFeatures(await get("/api/v1/models/{project}/{name}/versions/{version}", { path, signal }));
    },
  });
}
