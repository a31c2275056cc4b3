// How a process is, by colour, sign and word.
import { Badge } from "@mantine/core";
import { IconCircleCheck, IconCircleX, IconClock, IconRefreshAlert } from "@tabler/icons-react";

const looks: Record<string, { color: string; Sign: typeof IconClock }> = {
  running: { color: "teal", Sign: IconCircleCheck },
  starting: { color: "yellow", Sign: IconClock },
  restarting: { color: "red", Sign: IconRefreshAlert },
};
const other = { color: "red", Sign: IconCircleX };

export function StateBadge({ state }: { state: string }) {
  const { color, Sign } = looks[state] ?? other;
  return (
    <Badge color={color} miw="max-content" leftSection={<Sign size={13} stroke={2.2} aria-hidden />}>
      {state}
    </Badge>
  );
}

/** The worst of a deployment's nodes; "no node" where it has none. */
export function findWorst(states: readonly string[]): string {
  const order = ["stopped", "restarting", "starting"];
  return order.find((state) => states.includes(state)) ?? states.find((state) => state !== "running") ?? (states.length ? "running" : "no node");
}
