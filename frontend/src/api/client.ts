// The only door to the REST API: typed by the server's OpenAPI, failing with its problems (RFC 9457).
import type { paths } from "./schema";

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;
type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } } ? Q : never;
type Path<P extends keyof paths> = paths[P] extends { get: { parameters: { path: infer Segments } } } ? Segments : never;

export interface Options<P extends keyof paths> {
  path?: Path<P>;
  query?: Query<P>;
  signal?: AbortSignal;
}

/** A request that the server refused, or that did not reach it (status 0). */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
  }
}

export async function get<P extends keyof paths & string>(path: P, options: Options<P> = {}): Promise<Answer<P>> {
  const response = await send(buildAddress(path, options), options.signal);
  if (!response.ok) throw await readProblem(response);
  return (await response.json()) as Answer<P>;
}

/** Only what may pass by itself is tried again: a server that cannot be reached or is overloaded. */
export function shouldRetry(failures: number, error: Error): boolean {
  const passing = error instanceof ProblemError && (error.status === 0 || error.status === 503);
  return passing && failures < 2;
}

function buildAddress<P extends keyof paths & string>(path: P, { path: segments, query }: Options<P>): string {
  const named = Object.entries((segments ?? {}) as Record<string, string>).reduce(
    (address, [name, value]) => address.replace(`{${name}}`, encodeURIComponent(value)),
    path as string,
  );
  const address = new URL(named.replace(/^\//, ""), document.baseURI);
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null) address.searchParams.set(name, String(value));
  }
  return address.href;
}

async function send(address: string, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(address, { headers: { Accept: "application/json" }, signal: signal ?? null });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ProblemError(0, "No answer", "The server does not answer. Is `wakeline up` still running?");
  }
}

async function readProblem(response: Response): Promise<ProblemError> {
  const body = (await response.json().catch(() => null)) as { title?: string; detail?: string } | null;
  const title = body?.title ?? `Status ${response.status}`;
  return new ProblemError(response.status, title, body?.detail ?? response.statusText);
}
