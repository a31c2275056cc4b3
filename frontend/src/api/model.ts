// The server's documents under the names that the pages use.
import type { Document, Feature, Labels as L, Reading as R, Store as S, Summary } from "./schema";

export type Reading = R;
export type Status = Summary["status"];
export type EvaluationSummary = Summary;
export type Evaluation = Document;
export type FeatureVerdict = Feature;
export type Labels = L;
export type Store = S;
