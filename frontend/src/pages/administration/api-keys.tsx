// The keys that open event servers and gateway: a secret is shown once, when it is made, and never again.
import { Badge, Button, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useApiKeys } from "../../api/administration";
import { act } from "../../api/client";
import type { ApiKey } from "../../api/model";
import { Facts } from "../../parts/facts";
import { formatMoment } from "../../parts/moment";
import { Refusal } from "../../parts/refusal";
import { Section } from "../../parts/section";
import { ApiKeyForm } from "./api-key-form";
import { Entry, NewLink, useChosen } from "./entry";
import { Secret } from "./secret";

const KIND = "API key";
const GRACE_SECONDS = 24 * 3600;

export function ApiKeys() {
  const keys = useApiKeys();
  const { isNew, isChanging, close } = useChosen(KIND);
  return (
    <Section title="API keys" answer={keys}>
      {({ items }) => (
        <Stack gap="lg">
          <Text size="sm" c="dimmed">
            What shippers, gateways and other senders of events show. Secrets are kept as hashes; a key that is tied writes only what its destinations take.
          </Text>
          {items.map((one) => (
            <One key={one.id} apiKey={one} isChanging={isChanging(one.id)} close={close} />
          ))}
          {isNew ? <ApiKeyForm apiKey={null} close={close} /> : <NewLink kind={KIND} />}
        </Stack>
      )}
    </Section>
  );
}

function One({ apiKey, isChanging, close }: { apiKey: ApiKey; isChanging: boolean; close: () => void }) {
  const { id } = apiKey;
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ["api-keys"] });
  const path = { key_id: id };
  const rotate = useMutation({
    mutationFn: () => act("post", "/api/v1/api-keys/{key_id}/actions/rotate", { path, body: { grace_seconds: GRACE_SECONDS } }),
    onSuccess: refresh,
  });
  return (
    <Entry
      kind={KIND}
      id={id}
      badge={apiKey.is_expired && <Badge color="red">expired</Badge>}
      actions={
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
      }
      isChanging={isChanging}
      consequence={apiKey.home ? null : "Whoever shows it is refused within five seconds; their events wait."}
      remove={() => act("delete", "/api/v1/api-keys/{key_id}", { path }).then(refresh)}
    >
      {rotate.isError && <Refusal what="Not rotated" error={rotate.error} />}
      {rotate.isSuccess && <Secret made={rotate.data} close={() => rotate.reset()} />}
      {isChanging ? <ApiKeyForm apiKey={apiKey} close={close} /> : <Facts facts={listFacts(apiKey)} />}
    </Entry>
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
