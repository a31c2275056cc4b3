// What stands in place of a page that failed to show itself.
import { Button, Code, Stack, Text, Title } from "@mantine/core";
import { useRouteError } from "react-router";

export function Crash() {
  const error = useRouteError();
  return (
    <Stack gap="sm" p="xl" maw={640} align="start">
      <title>Error · Wakeline</title>
      <Title order={1}>This page failed</Title>
      <Text>An error of ours, not yours. Loading the page again may help, as after an update of the server.</Text>
      <Code block>{error instanceof Error ? error.message : String(error)}</Code>
      <Button onClick={() => window.location.reload()}>Load the page again</Button>
    </Stack>
  );
}
