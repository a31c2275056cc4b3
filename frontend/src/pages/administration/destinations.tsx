// Where events are written: which streams go to which place, and by which keys.
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useDestinations } from "../../api/administration";
import { act } from "../../api/client";
import type { Destination } from "../../api/model";
import { Confirmation } from "../../parts/confirmation";
import { Facts } from "../../parts/facts";
import { Refusal } from "../../parts/refusal";
import { Section } from "../../parts/section";
import { DestinationForm } from "./destination-form";

const NAME = "destination";
const NEW = "new";

export function Destinations() {
  const destinations = useDestinations();
  const [parameters, setParameters] = useSearchParams();
  const chosen = parameters.get(NAME);
  const close = () => {
    parameters.delete(NAME);
    setParameters(parameters, { preventScrollReset: true });
  };
  return (
    <Section title="Destinations" answer={destinations}>
      {({ items }) => (
        <Stack gap="lg">
          <Text size="sm" c="dimmed">
            Where the event server writes: below the place, one table for each topic, routing key (the deployment) and endpoint. What no destination takes waits in the spools.
          </Text>
          {items.map((one) => (
            <One key={one.id} destination={one} changing={chosen === `=${one.id}`} close={close} />
          ))}
          {chosen === NEW ? (
            <DestinationForm destination={null} close={close} />
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
              New destination
            </Button>
          )}
        </Stack>
      )}
    </Section>
  );
}

function One({ destination, changing, close }: { destination: Destination; changing: boolean; close: () => void }) {
  const { id } = destination;
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => act("delete", "/api/v1/destinations/{destination_id}", { path: { destination_id: id } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["destinations"] });
      await queries.invalidateQueries({ queryKey: ["api-keys"] });
    },
  });
  return (
    <article aria-label={`Destination ${id}`}>
      <Group justify="space-between" gap="xs" mb="xs">
        <Title order={3} size="h4">
          {id}
        </Title>
        {!changing && !asked && (
          <Group gap="xs">
            <Button
              component={Link}
              to={`?${NAME}=${encodeURIComponent(`=${id}`)}`}
              preventScrollReset
              size="xs"
              variant="default"
              leftSection={<IconPencil size={14} aria-hidden />}
              aria-label={`Change destination ${id}`}
            >
              Change
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconTrash size={14} aria-hidden />}
              aria-label={`Delete destination ${id}`}
              onClick={() => setAsked(true)}
            >
              Delete
            </Button>
          </Group>
        )}
      </Group>
      {asked && (
        <Confirmation
          consequence="Events that no other destination takes will wait in the spools. Its log stays."
          pending={remove.isPending}
          onConfirm={() => remove.mutate()}
          onKeep={() => {
            setAsked(false);
            remove.reset();
          }}
        />
      )}
      {remove.isError && <Refusal what="Not deleted" error={remove.error} />}
      {changing ? (
        <DestinationForm destination={destination} close={close} />
      ) : (
        <Facts
          facts={[
            ["Connection", destination.connection_id],
            [
              "Place",
              <span key="place" style={{ overflowWrap: "anywhere" }}>
                {destination.place}
              </span>,
            ],
            ["Topics", destination.topics?.join(", ") ?? "all"],
            ["Routing keys", destination.routing_keys?.join(", ") ?? "all"],
            ["Keys", destination.keys?.join(", ") ?? "any that is not tied"],
          ]}
        />
      )}
    </article>
  );
}
