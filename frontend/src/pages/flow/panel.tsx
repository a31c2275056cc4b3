// Beside the graph: the chosen item with its facts and actions, or a form for something new.
import { CloseButton, Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { useNavigate } from "react-router";
import type { Flow, JobSummary } from "../../api/flow-queries";
import { ITEM_WORDS } from "../../parts/item-sign";
import { type Making, useChoice } from "./choice";
import { ItemDetails } from "./item-details";
import { makeKey, makeZoneKey } from "./layout";
import { NewDataset } from "./new-dataset";
import { NewRecipe } from "./new-recipe";
import { NewStore, NewZone } from "./new-simple";
import classes from "./page.module.css";
import { ZoneDetails } from "./zone-details";

interface Props {
  flow: Flow;
  jobs: readonly JobSummary[];
}

export function Panel({ flow, jobs }: Props) {
  const { choice } = useChoice();
  if (choice.making !== null) {
    return (
      <Frame title={`New ${choice.making}`} of={`new ${choice.making}`}>
        <Maker making={choice.making} flow={flow} />
      </Frame>
    );
  }
  const zone = flow.zones.find((one) => one.id !== null && makeZoneKey(one.id) === choice.item);
  if (zone && zone.id !== null) {
    return (
      <Frame title={zone.name} kind="Zone" of={makeZoneKey(zone.id)}>
        <ZoneDetails key={zone.id} zone={zone} id={zone.id} />
      </Frame>
    );
  }
  const item = flow.zones.flatMap((zone) => zone.items).find((one) => makeKey(one) === choice.item);
  if (!item) {
    return (
      <Frame title="Not here" of="missing">
        <Text size="sm">The address names an item that this Flow does not have. Choose one of the graph.</Text>
      </Frame>
    );
  }
  return (
    <Frame title={item.name} kind={ITEM_WORDS[item.kind] ?? item.kind} of={makeKey(item)}>
      <ItemDetails key={makeKey(item)} flow={flow} item={item} jobs={jobs} />
    </Frame>
  );
}

function Maker({ making, flow }: { making: Making; flow: Flow }) {
  switch (making) {
    case "zone":
      return <NewZone project={flow.project} />;
    case "store":
      return <NewStore flow={flow} />;
    case "dataset":
      return <NewDataset flow={flow} />;
    case "recipe":
      return <NewRecipe flow={flow} />;
  }
}

/** `of`: when it changes the title takes the focus, so that the keyboard goes on where the eye does. */
function Frame({ title, kind, of, children }: { title: string; kind?: string; of: string; children: ReactNode }) {
  const navigate = useNavigate();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: false });
  }, [of]);
  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) void navigate({ search: "" });
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, [navigate]);
  return (
    <section className={`card ${classes.panel}`} aria-label="Details" tabIndex={0}>
      <Group justify="space-between" wrap="nowrap" align="start" mb="sm">
        <div>
          {kind && (
            <Text size="xs" c="dimmed">
              {kind}
            </Text>
          )}
          <Title order={2} ref={heading} tabIndex={-1} className={classes.heading}>
            {title}
          </Title>
        </div>
        <CloseButton aria-label="Close details" onClick={() => void navigate({ search: "" })} />
      </Group>
      {children}
    </section>
  );
}
