// The only door to the REST API: typed by the server's OpenAPI, failing with its problems (RFC 9457).
import type { paths } from "./schema";

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;
type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } } ? Q : never;
type Path<P extends keyof paths> = paths[P] extends { get: { parameters: { path: infer Segments } } } ? Segments : never;

type Method = "post" | "patch" | "put" | "delete";
type Operation<M extends Method, P extends keyof paths> = NonNullable<paths[P][M]>;
type Done<O> = O extends { responses: infer Responses }
  ? { [Code in keyof Responses & (200 | 201 | 202)]: Responses[Code] }[keyof Responses & (200 | 201 | 202)]
  : never;
type Outcome<O> = Done<O> extends { content: { "application/json": infer Body } } ? Body : null;
type Sent<O> = O extends { requestBody?: { content: { "application/json": infer Body } } }
  ? Body
  : O extends { requestBody: { content: { "application/json": infer Body } } }
    ? Body
    : never;
type Segments<O> = O extends { parameters: { path: infer Names } } ? Names : never;
type Parameters<O> = O extends { parameters: { query?: infer Names } } ? Names : never;

/** Of a request that changes something. */
export interface Act<O> {
  path?: Segments<O>;
  query?: Parameters<O>;
  body?: Sent<O>;
  /** The ETag of what was seen: a change of something else is refused. */
  ifMatch?: string;
}

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
    /** What a program may read of it, by name. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }
}

export async function get<P extends keyof paths & string>(path: P, options: Options<P> = {}): Promise<Answer<P>> {
  const response = await send(buildAddress(path, options), { signal: options.signal ?? null });
  if (!response.ok) throw await readProblem(response);
  return (await response.json()) as Answer<P>;
}

/** A request that changes something: `act("post", "/api/v1/zones", { body: … })`; null where nothing is answered. */
export async function act<M extends Method, P extends keyof paths & string>(
  method: M,
  path: P,
  { path: segments, query, body, ifMatch }: Act<Operation<M, P>> = {},
): Promise<Outcome<Operation<M, P>>> {
  const init: RequestInit = { method: method.toUpperCase() };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (ifMatch !== undefined) init.headers = { "If-Match": ifMatch };
  const response = await send(fillAddress(path, segments, query), init);
  if (!response.ok) throw await readProblem(response);
  return (response.status === 204 ? null : await response.json()) as Outcome<Operation<M, P>>;
}

/** Only what may pass by itself is tried again: a server that cannot be reached or is overloaded. */
export function shouldRetry(failures: number, error: Error): boolean {
  const passing = error instanceof ProblemError && (error.status === 0 || error.status === 503);
  return passing && failures < 2;
}

/** Where a link leads that the browser follows by itself. */
export function buildAddress<P extends keyof paths & string>(path: P, { path: segments, query }: Options<P>): string {
  return fillAddress(path, segments, query);
}

function fillAddress(path: string, segments: unknown, query: unknown): string {
  const named = Object.entries((segments ?? {}) as Record<string, string>).reduce(
    (address, [name, value]) => address.replace(`{${name}}`, encodeURIComponent(value)),
    path,
  );
  const address = new URL(named.replace(/^\//, ""), document.baseURI);
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    const several: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const one of several) if (one !== undefined && one !== null) address.searchParams.append(name, String(one));
  }
  return address.href;
}

async function send(address: string, init: RequestInit): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (init.body != null) headers["Content-Type"] = "application/json";
  try {
    return await fetch(address, { ...init, headers: { ...headers, ...init.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ProblemError(0, "No answer", "The server does not answer. Is `wakeline up` still running?");
  }
}

async function readProblem(response: Response): Promise<ProblemError> {
  const body = (await response.json().catch(() => null)) as { title?: string; detail?: string; details?: Record<string, unknown> } | null;
  const title = body?.title ?? `Status ${response.status}`;
  return new ProblemError(response.status, title, body?.detail ?? response.statusText, body?.details);
}
