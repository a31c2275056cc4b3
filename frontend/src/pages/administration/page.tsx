// How the parts of Wakeline are: the way of the events, the processes, where logs lie, where services run.
import { Alert, Stack, Text, Title } from "@mantine/core";
import { IconLockOpen } from "@tabler/icons-react";
import { ApiKeys } from "./api-keys";
import { Connections } from "./connections";
import { Destinations } from "./destinations";
import { EventFlow } from "./event-flow";
import { Infrastructures } from "./infrastructures";
import { Processes } from "./processes";

export function AdministrationPage() {
  return (
    <Stack gap="md" maw={1280} mx="auto">
      <title>Administration · Wakeline</title>
      <Title order={1}>Administration</Title>
      <Alert color="blue" role="note" title="Everyone here is administrator" icon={<IconLockOpen size={18} aria-hidden />}>
        <Text size="sm">
          There is no access control yet. The server answers only to this machine, and whoever reaches it may do everything.
        </Text>
      </Alert>
      <EventFlow />
      <Processes />
      <Destinations />
      <Connections />
      <ApiKeys />
      <Infrastructures />
    </Stack>
  );
}
