// What a node answered, by its meaning.
type Json = Record<string, unknown>;

export interface Fault {
  feature: string;
  found: string;
  expected: string;
}

export interface Prediction {
  prediction: string;
  probabilities: readonly (readonly [string, number])[];
  ignored: string | null;
  predictionId: string | null;
}

export function readPrediction(answer: unknown): Prediction | null {
  const result = asObject(asObject(answer)?.["result"]);
  if (!result) return null;
  const probas = Object.entries(asObject(result["probas"]) ?? {});
  const id = asObject(asObject(answer)?.["apiContext"])?.["predictionId"];
  const ignored = result["ignored"];
  return {
    prediction: result["prediction"] == null ? "none" : String(result["prediction"]),
    probabilities: probas.filter((entry): entry is [string, number] => typeof entry[1] === "number"),
    ignored: ignored === undefined || ignored === null || ignored === false ? null : String(ignored),
    predictionId: typeof id === "string" ? id : null,
  };
}

/** Names with microseconds, as the node measured them. */
export function readTiming(answer: unknown): readonly (readonly [string, number])[] {
  const timing = Object.entries(asObject(asObject(answer)?.["timing"]) ?? {});
  return timing.filter((entry): entry is [string, number] => typeof entry[1] === "number");
}

export function readError(answer: unknown): { code: string; message: string } | null {
  const error = asObject(asObject(answer)?.["error"]);
  return error ? { code: String(error["code"]), message: String(error["message"]) } : null;
}

export function readFaults(answer: unknown): readonly Fault[] {
  const faults = asObject(asObject(asObject(answer)?.["error"])?.["details"])?.["faults"];
  if (!Array.isArray(faults)) return [];
  return faults.flatMap((fault) => {
    const { feature, found, expected } = asObject(fault) ?? {};
    return typeof feature === "string" ? [{ feature, found: String(found), expected: String(expected) }] : [];
  });
}

function asObject(value: unknown): Json | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
}
