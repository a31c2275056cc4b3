// The addresses of the pages of services and deployments.
type Parameters = Record<string, string>;

export function serviceAddress(project: string, service: string, parameters: Parameters = {}): string {
  return withQuery(`/services/${encodeURIComponent(project)}/${encodeURIComponent(service)}`, parameters);
}

export function deploymentAddress(id: string, parameters: Parameters = {}): string {
  return withQuery(`/deployments/${encodeURIComponent(id)}`, parameters);
}

/** An evaluation among those of its store. */
export function verdictAddress(project: string, store: string, evaluation?: string): string {
  return withQuery("/evaluations", evaluation === undefined ? { project, store } : { project, store, evaluation });
}

function withQuery(path: string, parameters: Parameters): string {
  const query = new URLSearchParams(parameters).toString();
  return query ? `${path}?${query}` : path;
}
