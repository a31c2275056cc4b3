// The places that destinations and datasets use: made, tested, changed and deleted. Secrets go in and never come out.
import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPencil, IconPlugConnected, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useConnections } from "../../api/administration";
import { act } from "../../api/client";
import type { Connection } from "../../api/model";
import { Confirmation } from "../../parts/confirmation";
import { Facts } from "../../parts/facts";
import { formatMoment } from "../../parts/moment";
import { Refusal } from "../../parts/refusal";
import { Section } from "../../parts/section";
import { ConnectionForm } from "./connection-form";

const NAME = "connection";
const NEW = "new";

export function Connections() {
  const connections = useConnections();
  const [parameters, setParameters] = useSearchParams();
  const chosen = parameters.get(NAME);
  const close = () => {
    parameters.delete(NAME);
    setParameters(parameters, { preventScrollReset: true });
  };
  return (
    <Section title="Connections" answer={connections}>
      {({ items }) => (
        <Stack gap="lg">
          <Text size="sm" c="dimmed">
            Places that destinations and datasets use: a folder of this machine, or a bucket of S3 and compatible stores.
          </Text>
          {items.map((one) => (
            <One key={one.id} connection={one} changing={chosen === `=${one.id}`} close={close} />
          ))}
          {chosen === NEW ? (
            <ConnectionForm connection={null} close={close} />
          ) : (
            <Button
              component={Link}
              to={`?${NAME}=${NEW}`}
              preventScrollReset
              size="xs"
              variant="default"
              leftSection={<IconPlus size={14} aria-hidden />}
              style={{ alignSelf: "flex-start" }}
            >
              New connection
            </Button>
          )}
        </Stack>
      )}
    </Section>
  );
}

function One({ connection, changing, close }: { connection: Connection; changing: boolean; close: () => void }) {
  const { id } = connection;
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ["connections"] });
  const path = { connection_id: id };
  const test = useMutation({
    mutationFn: () => act("post", "/api/v1/connections/{connection_id}/actions/test", { path }),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: () => act("delete", "/api/v1/connections/{connection_id}", { path }),
    onSuccess: refresh,
  });
  return (
    <article aria-label={`Connection ${id}`}>
      <Group justify="space-between" gap="xs" mb="xs">
        <Group gap="xs">
          <Title order={3} size="h4">
            {id}
          </Title>
          <Tested connection={connection} />
        </Group>
        {!changing && !asked && (
          <Group gap="xs">
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
            <Button
              component={Link}
              to={`?${NAME}=${encodeURIComponent(`=${id}`)}`}
              preventScrollReset
              size="xs"
              variant="default"
              leftSection={<IconPencil size={14} aria-hidden />}
              aria-label={`Change connection ${id}`}
            >
              Change
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconTrash size={14} aria-hidden />}
              aria-label={`Delete connection ${id}`}
              onClick={() => setAsked(true)}
            >
              Delete
            </Button>
          </Group>
        )}
      </Group>
      {asked && (
        <Confirmation
          consequence="Its secret is forgotten. What lies in the store stays."
          pending={remove.isPending}
          onConfirm={() => remove.mutate()}
          onKeep={() => {
            setAsked(false);
            remove.reset();
          }}
        />
      )}
      {test.isError && <Refusal what="Not tested" error={test.error} />}
      {remove.isError && <Refusal what="Not deleted" error={remove.error} />}
      {changing ? <ConnectionForm connection={connection} close={close} /> : <Facts facts={listFacts(connection)} />}
      <Failure connection={connection} />
    </article>
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
