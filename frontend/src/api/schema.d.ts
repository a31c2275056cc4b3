// Stands in until the server's routes stand; made by `npm run types`.
export interface Reading { metric: string; column: string | null; value: number | null; lower: number | null; upper: number | null; p_value: number | null; resolution: number | null; reference_value: number | null; not_computed: string | null }
export interface Summary { id: string; project: string; store: string; recipe: string; window: string; revision: number; status: "OK" | "WARNING" | "ERROR" | "EMPTY"; sentence: string; row_count: number; model: string; model_version: string; created_at: string; readings: Reading[] }
export interface Feature { name: string; role: string; importance: number | null; status: Summary["status"]; drifted: boolean }
export interface Labels { labelled: number; waiting: number; unmatched: number; unmatched_ids: string[] }
export interface Document extends Summary { reference_row_count: number; features: Feature[]; labels: Labels | null; deployment_id: string | null }
export interface Store { project: string; name: string; zone: string | null }
interface Get<A, Q = never, P = never> { get: { parameters: { query?: Q; path: P }; responses: { 200: { content: { "application/json": A } } } } }
export interface paths {
  "/api/v1/stores": Get<{ items: Store[]; next_cursor: string | null }, { project?: string | null }>;
  "/api/v1/evaluations": Get<{ items: Summary[]; next_cursor: string | null }, { project?: string | null; store?: string | null; limit?: number; cursor?: string | null }>;
  "/api/v1/evaluations/{evaluation_id}": Get<Document, { revision?: number | null }, { evaluation_id: string }>;
}
