// A status by colour, sign and word, so that none of them stands alone.
import { Badge } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCircleDashed, IconX } from "@tabler/icons-react";
import type { Status } from "../api/model";

const looks = {
  OK: { color: "teal", Sign: IconCheck },
  WARNING: { color: "yellow", Sign: IconAlertTriangle },
  ERROR: { color: "red", Sign: IconX },
  EMPTY: { color: "gray", Sign: IconCircleDashed },
} as const;

export function StatusBadge({ status, size = "md" }: { status: Status; size?: "sm" | "md" | "lg" }) {
  const { color, Sign } = looks[status];
  return (
    <Badge color={color} size={size} miw="max-content" leftSection={<Sign size={12} stroke={2.5} aria-hidden />}>
      {status}
    </Badge>
  );
}
