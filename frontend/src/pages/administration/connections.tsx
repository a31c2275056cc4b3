// The places that destinations and datasets use: made, tested, changed and deleted. Secrets go in and never come out.
import { Badge, Button, Stack, Text } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useConnections } from "../../api/administration";
import { act } from "../../api/client";
import type { Connection } from "../../api/model";
import { Facts } from "../../parts/facts";
import { formatMoment } from "../../parts/moment";
import { Refusal } from "../../parts/refusal";
import { Section } from "../../parts/section";
import { ConnectionForm } from "./connection-form";
import { Entry, NewLink, useChosen } from "./entry";

const KIND = "connection";

export function Connections() {
  const connections = useConnections();
  const { isNew, isChanging, close } = useChosen(KIND);
  return (
    <Section title="Connections" answer={connections}>
      {({ items }) => (
        <Stack gap="lg">
          <Text size="sm" c="dimmed">
            Places that destinations and datasets use: a folder of this machine, or a bucket of S3 and compatible stores.
          </Text>
          {items.map((one) => (
            <One key={one.id} connection={one} isChanging={isChanging(one.id)} close={close} />
          ))}
          {isNew ? <ConnectionForm connection={null} close={close} /> : <NewLink kind={KIND} />}
        </Stack>
      )}
    </Section>
  );
}

function One({ connection, isChanging, close }: { connection: Connection; isChanging: boolean; close: () => void }) {
  const { id } = connection;
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ["connections"] });
  const path = { connection_id: id };
  const test = useMutation({
    mutationFn: () => act("post", "/api/v1/connections/{connection_id}/actions/test", { path }),
    onSuccess: refresh,
  });
  return (
    <Entry
      kind={KIND}
      id={id}
      badge={<Tested connection={connection} />}
      actions={
        <Button
          size="xs"
          variant="default"
          loading={test.isPending}
          leftSection={<IconPlugConnected size={14} aria-hidden />}
          aria-label={`Test ${id}`}
          onClick={() => test.mutate()}
        >
          Test
        </Button>
      }
      isChanging={isChanging}
      consequence="Its secret is forgotten. What lies in the store stays."
      remove={() => act("delete", "/api/v1/connections/{connection_id}", { path }).then(refresh)}
    >
      {test.isError && <Refusal what="Not tested" error={test.error} />}
      {isChanging ? <ConnectionForm connection={connection} close={close} /> : <Facts facts={listFacts(connection)} />}
      <Failure connection={connection} />
    </Entry>
  );
}

function Tested({ connection: { test } }: { connection: Connection }) {
  if (!test) return <Badge color="gray">not tested</Badge>;
  return <Badge color={test.passed ? "teal" : "red"}>{test.passed ? "test passed" : "test failed"}</Badge>;
}

function Failure({ connection: { test } }: { connection: Connection }) {
  const failed = test?.steps.find(({ failure }) => failure !== null);
  if (!failed) return null;
  return (
    <Text size="sm" role="status" mt="xs" style={{ overflowWrap: "anywhere" }}>
      {`${failed.name}: ${failed.failure ?? ""}`}
    </Text>
  );
}

function listFacts(connection: Connection): [string, string][] {
  const { test, created_at: made } = connection;
  const common: [string, string][] = [
    ["Tested", !test ? "not yet" : formatMoment(test.at)],
    ["Made", formatMoment(made)],
  ];
  if (connection.type === "filesystem") return [["Folder, below the home unless absolute", connection.root ?? ""], ...common];
  return [
    ["Bucket", connection.bucket ?? ""],
    ["Prefix", connection.prefix || "none"],
    ["Endpoint", connection.endpoint ?? "Amazon's"],
    ["Region", connection.region ?? "not given"],
    ["Access key", connection.access_key_id ?? "none: the cloud's own credentials"],
    ...common,
  ];
}
