// Where the pages of a project's Flow stand. Names may hold anything, so each is encoded.
export function flowAddress(project: string, item?: { kind: string; name: string }): string {
  const address = `/projects/${encodeURIComponent(project)}/flow`;
  return item ? `${address}?item=${encodeURIComponent(`${item.kind}:${item.name}`)}` : address;
}

export function datasetAddress(project: string, name: string): string {
  return `/projects/${encodeURIComponent(project)}/datasets/${encodeURIComponent(name)}`;
}

export function recipeAddress(project: string, name: string): string {
  return `/projects/${encodeURIComponent(project)}/recipes/${encodeURIComponent(name)}`;
}

export function storeAddress(project: string, name: string): string {
  return `/projects/${encodeURIComponent(project)}/stores/${encodeURIComponent(name)}`;
}

export function evaluationAddress(id: string): string {
  return `/evaluations/${encodeURIComponent(id)}`;
}
