// The query to try: one JSON text, which form and raw view both read and write, and the address can hold.
import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { DeployedEndpoint, Deployment } from "../../api/model";
import { type Features, parseQuery } from "../../parts/query-text";
import { buildExample, type Feature, type FeatureValue, readFeatures } from "../../parts/feature-schema";

export const QUERY = "query";

/** The features of the model version that the endpoint answers with; a version never changes. */
export function useFeatures({ project }: Deployment, { model, model_version }: DeployedEndpoint) {
  return useQuery({
    queryKey: ["model-version", project, model, model_version],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const path = { project, name: model, version: model_version };
      const version = await get("/api/v1/models/{project}/{name}/versions/{version}", { path, signal });
      return readFeatures(version);
    },
  });
}

/** The address's query where it holds one that can be read, else an example. */
export function pickQuery(parameters: URLSearchParams, schema: readonly Feature[]): Features {
  const parsed = parseQuery(parameters.get(QUERY) ?? "");
  return typeof parsed === "string" ? buildExample(schema) : parsed;
}

/** In the order of the schema; what it does not know stays at the end. */
export function changeFeature(
  schema: readonly Feature[],
  features: Features,
  name: string,
  value: FeatureValue | undefined,
): Features {
  const changed: Features = { ...features, [name]: value };
  const known = new Set(schema.map((feature) => feature.name));
  const names = [...known, ...Object.keys(changed).filter((one) => !known.has(one))];
  return Object.fromEntries(names.filter((one) => changed[one] !== undefined).map((one) => [one, changed[one]]));
}
