// The keys that open event servers and gateway: a secret is shown once, when it is made, and never again.
import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPencil, IconPlus, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useApiKeys } from "../../api/administration";
import { act } from "../../api/client";
import type { ApiKey } from "../../api/model";
import { Confirmation } from "../../parts/confirmation";
import { Facts } from "../../parts/facts";
import { formatMoment } from "../../parts/moment";
import { Refusal } from "../../parts/refusal";
import { Section } from "../../parts/section";
import { ApiKeyForm } from "./api-key-form";
import { Secret } from "./secret";

const NAME = "api-key";
const NEW = "new";
const GRACE_SECONDS = 24 * 3600;

export function ApiKeys() {
  const keys = useApiKeys();
  const [parameters, setParameters] = useSearchParams();
  const chosen = parameters.get(NAME);
  const close = () => {
    parameters.delete(NAME);
    setParameters(parameters, { preventScrollReset: true });
  };
  return (
    <Section title="API keys" answer={keys}>
      {({ items }) => (
        <Stack gap="lg">
          <Text size="sm" c="dimmed">
            What shippers, gateways and other senders of events show. Secrets are kept as hashes; a key that is tied writes only what its destinations take.
          </Text>
          {items.map((one) => (
            <One key={one.id} apiKey={one} changing={chosen === `=${one.id}`} close={close} />
          ))}
          {chosen === NEW ? (
            <ApiKeyForm apiKey={null} close={close} />
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
              New API key
            </Button>
          )}
        </Stack>
      )}
    </Section>
  );
}

function One({ apiKey, changing, close }: { apiKey: ApiKey; changing: boolean; close: () => void }) {
  const { id } = apiKey;
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ["api-keys"] });
  const path = { key_id: id };
  const rotate = useMutation({
    mutationFn: () => act("post", "/api/v1/api-keys/{key_id}/actions/rotate", { path, body: { grace_seconds: GRACE_SECONDS } }),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: () => act("delete", "/api/v1/api-keys/{key_id}", { path }),
    onSuccess: refresh,
  });
  return (
    <article aria-label={`API key ${id}`}>
      <Group justify="space-between" gap="xs" mb="xs">
        <Group gap="xs">
          <Title order={3} size="h4">
            {id}
          </Title>
          {apiKey.is_expired && <Badge color="red">expired</Badge>}
        </Group>
        {!changing && !asked && (
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              loading={rotate.isPending}
              leftSection={<IconRefresh size={14} aria-hidden />}
              aria-label={`Rotate ${id}`}
              onClick={() => rotate.mutate()}
            >
              Rotate
            </Button>
            {!apiKey.home && (
              <>
                <Button
                  component={Link}
                  to={`?${NAME}=${encodeURIComponent(`=${id}`)}`}
                  preventScrollReset
                  size="xs"
                  variant="default"
                  leftSection={<IconPencil size={14} aria-hidden />}
                  aria-label={`Change API key ${id}`}
                >
                  Change
                </Button>
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<IconTrash size={14} aria-hidden />}
                  aria-label={`Delete API key ${id}`}
                  onClick={() => setAsked(true)}
                >
                  Delete
                </Button>
              </>
            )}
          </Group>
        )}
      </Group>
      {asked && (
        <Confirmation
          consequence="Whoever shows it is refused within five seconds; their events wait."
          pending={remove.isPending}
          onConfirm={() => remove.mutate()}
          onKeep={() => {
            setAsked(false);
            remove.reset();
          }}
        />
      )}
      {rotate.isError && <Refusal what="Not rotated" error={rotate.error} />}
      {remove.isError && <Refusal what="Not deleted" error={remove.error} />}
      {rotate.isSuccess && <Secret made={rotate.data} close={() => rotate.reset()} />}
      {changing ? <ApiKeyForm apiKey={apiKey} close={close} /> : <Facts facts={listFacts(apiKey)} />}
    </article>
  );
}

function listFacts(apiKey: ApiKey): [string, string][] {
  const { tied_to: tied, events_per_second: rate } = apiKey;
  return [
    ["Label", apiKey.label || "none"],
    ["Ends in", `…${apiKey.ending}`],
    ["Tied to", tied === null ? "nothing: writes what is open to any key" : tied.join(", ") || "nothing it may write any more"],
    ["Limit", rate === null ? "none" : `${rate} events a second`],
    ["Expires", apiKey.expires_at === null ? "never" : formatMoment(apiKey.expires_at)],
    ...(apiKey.former_until === null ? [] : [["Former secret good until", formatMoment(apiKey.former_until)] as [string, string]]),
    ...(apiKey.created_at === null ? [] : [["Made", formatMoment(apiKey.created_at)] as [string, string]]),
  ];
}
