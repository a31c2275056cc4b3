// The reports of shippers and of the event server, which come as plain JSON: read here, and nowhere else.
type Json = Record<string, unknown>;

export interface ShipperReport {
  of: string;
  shipped: number;
  spooled: number;
  spooledBytes: number;
  oldestSeconds: number | null;
  dropped: number;
  deadLetters: number;
  lastError: string | null;
  updatedAt: string | null;
}

export function readReport(report: Json): ShipperReport {
  return {
    of: readText(report["of"]) ?? "",
    shipped: sum(report["shipped"]),
    spooled: sum(report["spooled_events"]),
    spooledBytes: sum(report["spooled_bytes"]),
    oldestSeconds: typeof report["oldest_age_s"] === "number" ? report["oldest_age_s"] : null,
    dropped: sum(report["dropped"]),
    deadLetters: sum(report["dead_letters"]),
    lastError: readText(report["last_error"]),
    updatedAt: readText(report["updated_at"]),
  };
}

export interface EventServerReport {
  url: string;
  status: string;
  startedAt: string | null;
  problem: string | null;
}

export function readEventServer(report: Json): EventServerReport {
  return {
    url: readText(report["url"]) ?? "",
    status: readText(report["status"]) ?? "unknown",
    startedAt: readText(report["started_at"]),
    problem: readText(report["configuration_error"]),
  };
}

/** A counter is a number, or numbers by reason. */
export function sum(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((total, one) => total + sum(one), 0);
}

export function readText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
