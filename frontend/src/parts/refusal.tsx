// An act that the server refused: what it said, told where the act was tried.
import { Alert, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { ProblemError } from "../api/client";

export function Refusal({ what, error }: { what: string; error: Error }) {
  const title = error instanceof ProblemError ? error.title.toLowerCase() : "error";
  return (
    <Alert color="red" role="alert" title={`${what}: ${title}`} icon={<IconAlertTriangle size={18} aria-hidden />}>
      <Text size="sm">{error.message}</Text>
    </Alert>
  );
}
