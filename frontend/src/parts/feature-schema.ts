// A model's inputs as its version's manifest tells them.
import type { ModelVersion } from "../api/model";

export interface Feature {
  name: string;
  type: "double" | "boolean" | "string";
  role: "numerical" | "categorical";
  missing: "as_trained" | "refuse";
  minimum: number | null;
  maximum: number | null;
  levels: readonly string[];
}

export type FeatureValue = number | string | boolean | null;

export function readFeatures(version: ModelVersion): readonly Feature[] {
  const schema = version.manifest["schema"] as { features?: readonly Feature[] } | undefined;
  return schema?.features ?? [];
}

/** A query with the middle of each range and the most frequent level: plain, and inside of what was trained. */
export function buildExample(features: readonly Feature[]): Record<string, FeatureValue> {
  return Object.fromEntries(features.map((feature) => [feature.name, pickExample(feature)]));
}

function pickExample({ type, minimum, maximum, levels }: Feature): FeatureValue {
  if (type === "boolean") return levels.includes("true") || levels.length === 0;
  if (type === "string") return levels[0] ?? "";
  if (minimum === null || maximum === null) return 0;
  const middle = (minimum + maximum) / 2;
  if (Number.isInteger(minimum) && Number.isInteger(maximum)) return Math.round(middle);
  return Number(middle.toPrecision(4));
}
