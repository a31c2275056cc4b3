// The server's documents under the names that the pages use.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Reading = Schemas["ReadingAnswer"];
export type Status = Schemas["Status"];
export type EvaluationSummary = Schemas["EvaluationSummary"];
export type Evaluation = Schemas["EvaluationAnswer"];
export type FeatureVerdict = Schemas["FeatureVerdict"];
export type Labels = Schemas["LabelsAnswer"];
export type Store = Schemas["StoreAnswer"];
