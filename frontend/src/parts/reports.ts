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

/** What the event server counted on one stream since its start. */
export interface StreamReport {
  stream: string;
  destination: string;
  accepted: number;
  stored: number;
  duplicate: number;
  dropped: number;
  deadLetters: number;
  lastError: string | null;
  lastCommit: string | null;
}

export interface EventServerReport {
  url: string;
  status: string;
  startedAt: string | null;
  problem: string | null;
  streams: readonly StreamReport[];
}

export function readEventServer(report: Json): EventServerReport {
  const streams = Array.isArray(report["streams"]) ? (report["streams"] as Json[]) : [];
  return {
    url: readText(report["url"]) ?? "",
    status: readText(report["status"]) ?? "unknown",
    startedAt: readText(report["started_at"]),
    problem: readText(report["configuration_error"]),
    streams: streams.map(readStream),
  };
}

function readStream(report: Json): StreamReport {
  return {
    stream: readText(report["stream"]) ?? "",
    destination: readText(report["destination"]) ?? "",
    accepted: sum(report["accepted"]),
    stored: sum(report["stored"]),
    duplicate: sum(report["duplicate"]),
    dropped: sum(report["dropped"]),
    deadLetters: sum(report["dead_letters"]),
    lastError: readText(report["last_error"]),
    lastCommit: readText(report["last_commit"]),
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
