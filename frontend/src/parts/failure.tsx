// A request that failed: what the server said, and a way to try again.
import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { ProblemError } from "../api/client";

export function Failure({ what, error, retry }: { what: string; error: Error; retry: () => void }) {
  const title = error instanceof ProblemError ? error.title : "Error";
  return (
    <Alert
      color="red"
      role="alert"
      title={`${what}: ${title.toLowerCase()}`}
      icon={<IconPlugConnectedX size={18} aria-hidden />}
    >
      <Stack gap="xs" align="start">
        <Text size="sm">{error.message}</Text>
        <Button size="xs" variant="default" onClick={retry}>
          Try again
        </Button>
      </Stack>
    </Alert>
  );
}
