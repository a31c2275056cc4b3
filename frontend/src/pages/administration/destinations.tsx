// Where events are written: which streams go to which place, and by which keys.
import { Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useDestinations } from "../../api/administration";
import { act } from "../../api/client";
import type { Destination } from "../../api/model";
import { Facts } from "../../parts/facts";
import { Section } from "../../parts/section";
import { DestinationForm } from "./destination-form";
import { Entry, NewLink, useChosen } from "./entry";

const KIND = "destination";

export function Destinations() {
  const destinations = useDestinations();
  const { isNew, isChanging, close } = useChosen(KIND);
  return (
    <Section title="Destinations" answer={destinations}>
      {({ items }) => (
        <Stack gap="lg">
          <Text size="sm" c="dimmed">
            Where the event server writes: below the place, one table for each topic, routing key (the deployment) and endpoint. What no destination takes waits in the spools.
          </Text>
          {items.map((one) => (
            <One key={one.id} destination={one} isChanging={isChanging(one.id)} close={close} />
          ))}
          {isNew ? <DestinationForm destination={null} close={close} /> : <NewLink kind={KIND} />}
        </Stack>
      )}
    </Section>
  );
}

function One({ destination, isChanging, close }: { destination: Destination; isChanging: boolean; close: () => void }) {
  const { id } = destination;
  const queries = useQueryClient();
  const remove = async () => {
    await act("delete", "/api/v1/destinations/{destination_id}", { path: { destination_id: id } });
    await queries.invalidateQueries({ queryKey: ["destinations"] });
    await queries.invalidateQueries({ queryKey: ["api-keys"] });
  };
  return (
    <Entry
      kind={KIND}
      id={id}
      isChanging={isChanging}
      consequence="Events that no other destination takes will wait in the spools. Its log stays."
      remove={remove}
    >
      {isChanging ? (
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
            ["Rows are kept", destination.retention_days === null ? "for ever" : `${destination.retention_days} days`],
          ]}
        />
      )}
    </Entry>
  );
}
