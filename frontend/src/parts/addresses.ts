// The addresses of pages, made from what they show.
export function toDeployment(id: string, parameters: Record<string, string> = {}): string {
  return withQuery(`/deployments/${encodeURIComponent(id)}`, parameters);
}

export function toService(project: string, service: string, parameters: Record<string, string> = {}): string {
  return withQuery(`/services/${encodeURIComponent(project)}/${encodeURIComponent(service)}`, parameters);
}

export function toStore(project: string, store: string): string {
  return withQuery("/evaluations", { project, store });
}

export function toEvaluation(project: string, store: string, evaluation: string): string {
  return withQuery("/evaluations", { project, store, evaluation });
}

function withQuery(path: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams(parameters).toString();
  return query ? `${path}?${query}` : path;
}
