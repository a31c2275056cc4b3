// The query to try: one JSON text, which form and raw view both read and write, and the address can hold.
import { type Features, parseQuery } from "../../parts/query-text";
import { buildExample, type Feature, type FeatureValue } from "../../parts/feature-schema";

export const QUERY = "query";

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
