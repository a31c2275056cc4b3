// A secret, this once.
import { Alert, Button, Stack, Text } from "@mantine/core";
import type { MadeApiKey } from "../../api/model";
import { CodeBlock } from "../../parts/code";

export function Secret({ made, close }: { made: MadeApiKey; close: () => void }) {
  return (
    <Alert color="teal" role="status" title={made.secret === null ? "Rotated" : "The secret, shown this once"} mb="xs">
      <Stack gap="xs" align="stretch">
        {made.secret === null ? (
          <Text size="sm">The new secret stands in the home's key file; its processes read it by themselves.</Text>
        ) : (
          <CodeBlock text={made.secret} label={`Secret of ${made.id}`} />
        )}
        <Button size="xs" variant="default" onClick={close} style={{ alignSelf: "flex-start" }}>
          {made.secret === null ? "Close" : "I have kept it"}
        </Button>
      </Stack>
    </Alert>
  );
}
