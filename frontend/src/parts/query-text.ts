// The features of a query as JSON text.
export type Features = Record<string, unknown>;

export function writeQuery(features: Features): string {
  return JSON.stringify(features, null, 2);
}

/** The text's features, or what is wrong with it. */
export function parseQuery(text: string): Features | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Features;
    return "Expected an object: { \"feature\": value, … }";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
