// The features of a query as JSON text, and what is wrong with them.
import type { Feature } from "./feature-schema";

export type Features = Record<string, unknown>;

export function writeQuery(features: Features): string {
  return JSON.stringify(features, null, 2);
}

/** The text's features, or what is wrong with it. */
export function parseQuery(text: string): Features | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Features;
    return "Expected an object: { \"feature\": value, … }";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const KINDS = { double: "number", boolean: "boolean", string: "string" } as const;
const WORDS = { double: "a number", boolean: "true or false", string: "a text" } as const;

/** What a model that expects `schema` would not take as it is meant, in words. */
export function findQueryFaults(features: Features, schema: readonly Feature[]): string[] {
  const known = new Map(schema.map((feature) => [feature.name, feature]));
  if (Object.keys(features).length === 0) return [`No feature is given; expected ${[...known.keys()].join(", ")}.`];
  const given = Object.entries(features).flatMap(([name, value]) => {
    const feature = known.get(name);
    if (feature === undefined) return [`“${name}” is no feature of the model.`];
    const fits = value === null || typeof value === KINDS[feature.type];
    return fits ? [] : [`${name}: found ${JSON.stringify(value)}, expected ${WORDS[feature.type]}.`];
  });
  const lacking = schema.filter(({ name }) => features[name] === undefined || features[name] === null);
  const refused = lacking.filter(({ missing }) => missing === "refuse").map(({ name }) => name);
  const missing = lacking.filter(({ missing }) => missing !== "refuse").map(({ name }) => name);
  return [
    ...given,
    ...(refused.length > 0 ? [`Without ${refused.join(", ")} the query is refused.`] : []),
    ...(missing.length > 0 ? [`Counted as missing: ${missing.join(", ")}.`] : []),
  ];
}
