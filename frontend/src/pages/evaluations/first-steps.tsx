// Nothing to show yet: what to do first.
import { List, Stack, Text, Title } from "@mantine/core";
import type { Store } from "../../api/model";
import { Command } from "../../parts/command";

export function FirstSteps() {
  return (
    <section className="card" style={{ maxWidth: 760 }}>
      <Stack gap="md" maw={680}>
        <div>
          <Title order={2}>Nothing is monitored yet</Title>
          <Text c="dimmed" size="sm">
            An evaluation needs an endpoint whose queries are logged. Two ways to the first one:
          </Text>
        </div>
        <Step title="See it work on real flights" text="Trains, deploys, replays nine months of queries, and evaluates each month:">
          <Command line="wakeline demo" />
        </Step>
        <Step
          title="Monitor an endpoint of your own"
          text="Once a model is deployed and asked, let Wakeline make the log dataset, the Evaluate recipe and the store, and run the recipe on a window of days:"
        >
          <Command line="wakeline monitoring configure DEPLOYMENT --endpoint ENDPOINT" />
          <Command line="wakeline evaluation run RECIPE --project PROJECT --window 2013-04" />
        </Step>
        <Text c="dimmed" size="sm">
          This page shows what comes out as soon as it is there.
        </Text>
      </Stack>
    </section>
  );
}

function Step({ title, text, children }: { title: string; text: string; children: React.ReactNode }) {
  return (
    <Stack gap={6}>
      <Text fw={600}>{title}</Text>
      <Text size="sm">{text}</Text>
      {children}
    </Stack>
  );
}

export function EmptyStore({ store }: { store: Store }) {
  return (
    <section className="card" style={{ maxWidth: 760 }}>
      <Stack gap="sm" maw={680}>
        <Title order={2}>{store.name} holds no evaluation yet</Title>
        <Text size="sm">Run the Evaluate recipe that writes to it, on a day, a month or any range of days:</Text>
        <Command line={`wakeline evaluation run ${store.recipes[0] ?? "RECIPE"} --project ${store.project} --window 2013-04`} />
        <List size="sm" c="dimmed">
          <List.Item>The window must hold logged queries.</List.Item>
          <List.Item>Performance readings come once labels have arrived.</List.Item>
        </List>
      </Stack>
    </section>
  );
}

export function GoneStore() {
  return (
    <section className="card" style={{ maxWidth: 760 }}>
      <Title order={2}>The address names a store that is not here</Title>
      <Text size="sm">Choose one of the stores above.</Text>
    </section>
  );
}
