// Who is told when a store's status changes: each can be tested, changed, switched off or deleted; what was sent.
import { Badge, Button, Group, Skeleton, Text, Title } from "@mantine/core";
import { useState } from "react";
import { act } from "../../api/client";
import { type Delivery, useAlerts, useChange, useDeliveries } from "../../api/flow-queries";
import type { AlertOf } from "../../api/model";
import { Confirmation } from "../../parts/confirmation";
import { Failure } from "../../parts/failure";
import { formatMoment } from "../../parts/moment";
import { Refusal } from "../../parts/refusal";
import { AlertForm } from "./alert-form";
import { NEW, useChoice } from "./choice";
import classes from "./page.module.css";

const COLOURS = { delivered: "teal", pending: "blue", failed: "red" } as const;

export function StoreAlerts({ project, store }: { project: string; store: string }) {
  const alerts = useAlerts(project, store);
  const { choice, change } = useChoice();
  const close = () => change({ alert: null });
  const found = alerts.data?.items;
  if (alerts.isError) return <Failure what="The alerts could not be listed" error={alerts.error} retry={() => void alerts.refetch()} />;
  if (!found) return <Skeleton height={100} role="status" aria-label="Loading the alerts" />;
  const taken = found.map(({ name }) => name);
  return (
    <section className="card" aria-label="Alert">
      <Group justify="space-between" gap="xs">
        <Title order={2}>Alert</Title>
        {choice.alert !== NEW && (
          <Button size="xs" variant="default" onClick={() => change({ alert: NEW })}>
            Add an alert
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {found.length === 0
          ? "Nobody is told yet. An alert sends one message when the status of the store changes, and one when it recovers."
          : "One message when the status of the store changes, and one when it recovers."}
      </Text>
      {choice.alert === NEW && (
        <div className={classes.form}>
          <AlertForm project={project} store={store} alert={null} taken={taken} onDone={close} />
        </div>
      )}
      {found.length > 0 && (
        <ul className={classes.list} aria-label="Alerts of the store">
          {found.map((alert) => (
            <li key={alert.id}>
              <Line alert={alert} open={choice.alert === alert.id} onOpen={() => change({ alert: alert.id })} />
              {choice.alert === alert.id && (
                <div className={classes.form}>
                  <AlertForm key={alert.updated_at} project={project} store={store} alert={alert} taken={taken} onDone={close} />
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ alert, open, onOpen }: { alert: AlertOf; open: boolean; onOpen: () => void }) {
  const [asked, setAsked] = useState(false);
  const { name, enabled, target } = alert;
  const path = { alert_id: alert.id };
  const test = useChange(() => act("post", "/api/v1/alerts/{alert_id}/actions/test", { path }));
  const toggle = useChange(() => act("patch", "/api/v1/alerts/{alert_id}", { path, body: { enabled: !enabled } }));
  const remove = useChange(() => act("delete", "/api/v1/alerts/{alert_id}", { path }));
  const failed = [test, toggle, remove].find((one) => one.isError);
  return (
    <>
      <Group gap="xs" justify="space-between" align="start">
        <Text size="sm" fw={600} className={classes.name}>
          {name}
          {!enabled && (
            <Text span size="sm" c="dimmed">
              {" "}
              (off)
            </Text>
          )}
        </Text>
        <Group gap={6}>
          <Button size="compact-xs" variant="default" aria-label={`Test ${name}`} loading={test.isPending} onClick={() => test.mutate(undefined)}>
            Test
          </Button>
          {!open && (
            <Button size="compact-xs" variant="default" aria-label={`Change ${name}`} onClick={onOpen}>
              Change
            </Button>
          )}
          <Button size="compact-xs" variant="default" aria-label={`Switch ${enabled ? "off" : "on"} ${name}`} loading={toggle.isPending} onClick={() => toggle.mutate(undefined)}>
            {enabled ? "Switch off" : "Switch on"}
          </Button>
          {!asked && (
            <Button size="compact-xs" variant="default" aria-label={`Delete ${name}`} onClick={() => setAsked(true)}>
              Delete
            </Button>
          )}
        </Group>
      </Group>
      <Text size="sm" className={classes.name}>
        {target.kind === "webhook" ? `Webhook ${target.url}, ${target.signed ? "signed" : "unsigned"}` : `Mail to ${target.recipients.join(", ")} by ${target.host}`}
      </Text>
      {asked && (
        <Confirmation
          consequence="The record of its messages goes with it."
          label={`Yes, delete ${name}`}
          pending={remove.isPending}
          onConfirm={() => remove.mutate(undefined)}
          onKeep={() => setAsked(false)}
        />
      )}
      {failed?.error && <Refusal what={failed === test ? "The test was not sent" : "The alert was not changed"} error={failed.error} />}
      <Deliveries alert={alert} going={remove.isPending || remove.isSuccess} />
    </>
  );
}

/** The last message; those before it are asked for when they are wanted, and no more once the alert is `going`. */
function Deliveries({ alert: { id, name, last_delivery: last }, going }: { alert: AlertOf; going: boolean }) {
  const [shown, setShown] = useState(false);
  const deliveries = useDeliveries(id, shown && !going);
  if (!last) {
    return (
      <Text size="sm" c="dimmed" role="status">
        Nothing was sent yet.
      </Text>
    );
  }
  return (
    <>
      <div role="status" aria-label={`Last message of ${name}`}>
        <Sent delivery={last} />
      </div>
      <details onToggle={(event) => setShown(event.currentTarget.open)}>
        <Text component="summary" size="sm" c="dimmed">
          Messages of {name}
        </Text>
        {deliveries.isError ? (
          <Failure what="The messages could not be listed" error={deliveries.error} retry={() => void deliveries.refetch()} />
        ) : deliveries.data ? (
          <ul className={classes.list} aria-label={`Messages of ${name}`}>
            {deliveries.data.items.map((delivery) => (
              <li key={delivery.id}>
                <Sent delivery={delivery} />
                <Text size="xs" c="dimmed" className={classes.message}>
                  {delivery.text}
                </Text>
              </li>
            ))}
          </ul>
        ) : (
          shown && <Skeleton height={60} role="status" aria-label="Loading the messages" />
        )}
      </details>
    </>
  );
}

function Sent({ delivery: { event, state, attempts, last_error: error, created_at: at, next_attempt_at: next } }: { delivery: Delivery }) {
  return (
    <Group gap="xs">
      <Badge size="sm" color={COLOURS[state]} miw="max-content">
        {state}
      </Badge>
      <Text size="sm" c="dimmed">
        {`${event}, ${formatMoment(at)}`}
        {attempts > 1 && `, ${attempts} attempts`}
        {error && state !== "delivered" && `: ${error}`}
        {next && error && `; again at ${formatMoment(next)}`}
      </Text>
    </Group>
  );
}
