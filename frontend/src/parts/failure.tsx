// A request that failed: what the server said, and a way to try again.
import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnectedX } from "@tabler/icons-react";
import { ProblemError } from "../api/client";

const PASSING = new Set([408, 425, 429]);

/** The same again would be refused again. */
function isRefused(error: Error): boolean {
  return error instanceof ProblemError && error.status >= 400 && error.status < 500 && !PASSING.has(error.status);
}

export function Failure({ what, error, retry }: { what: string; error: Error; retry: () => void }) {
  const title = error instanceof ProblemError ? error.title : "Error";
  const refused = isRefused(error);
  const Sign = refused ? IconAlertTriangle : IconPlugConnectedX;
  return (
    <Alert
      color="red"
      role="alert"
      title={`${what}: ${title.toLowerCase()}`}
      icon={<Sign size={18} aria-hidden />}
    >
      <Stack gap="xs" align="start">
        <Text size="sm">{error.message}</Text>
        {!refused && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
