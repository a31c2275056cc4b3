// Why a store has the status it has: its checks, or the verdict of its latest evaluation where nothing checks it.
import { Text } from "@mantine/core";
import type { Check } from "../../api/flow-queries";
import type { Store } from "../../api/model";
import classes from "./page.module.css";

export function StatusSentence({ store, checks }: { store: Store; checks: readonly Check[] }) {
  const words = explainStatus(store, checks);
  return words === null ? null : (
    <Text size="sm" className={classes.sentence} role="status" aria-label="Why this status">
      {words}
    </Text>
  );
}

export function explainStatus({ status, latest }: Store, checks: readonly Check[]): string | null {
  if (!status || !latest) return null;
  const enabled = checks.filter((check) => check.enabled);
  if (enabled.length === 0) {
    return `The store is ${status} since the drift verdict of its latest evaluation is; ${checks.length === 0 ? "it has no checks" : "all its checks are switched off"}.`;
  }
  const deciding = enabled.filter((check) => check.latest?.outcome === status).map(({ name }) => name);
  const passes = enabled.length === 1 ? "its check passes" : `each of its ${enabled.length} checks passes`;
  const because =
    status === "OK"
      ? `The store is OK: ${passes}.`
      : `The store is ${status} because of its ${deciding.length === 1 ? "check" : "checks"} ${list(deciding)}`.trimEnd() + ".";
  if (latest.status === status) return `${because} The drift verdict of the latest evaluation is ${latest.status} too.`;
  return `${because} The drift verdict of the latest evaluation is ${latest.status}: it goes by default thresholds, the checks by their own bounds, rows and runs in a row.`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
