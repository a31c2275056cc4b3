// What a window was compared with: the model version's reference, or a window of a log.
import type { Evaluation } from "../../api/model";
import { describeWindow } from "../../parts/window-text";

export function describeReference({ settings, model, model_version: version }: Evaluation): string {
  return readWindow(settings["reference"]) ?? `the reference of ${model} ${version}`;
}

export function readWindow(reference: unknown): string | null {
  if (typeof reference !== "object" || reference === null) return null;
  const { dataset, window } = reference as { dataset?: unknown; window?: unknown };
  return typeof dataset === "string" && typeof window === "string" ? `${dataset}, ${describeWindow(window)}` : null;
}
