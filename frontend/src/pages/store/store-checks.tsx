// The checks that watch a store: the rule in words and what it found last; each can be changed, switched off or deleted.
import { Button, Group, Text, Title } from "@mantine/core";
import { useState } from "react";
import { act } from "../../api/client";
import { type Check, useChange } from "../../api/flow-queries";
import { Confirmation } from "../../parts/confirmation";
import { Failure } from "../../parts/failure";
import { StatusBadge } from "../../parts/status-badge";
import { ChangeCheck, NewCheck } from "./check-form";
import { NEW, useChoice } from "./choice";
import classes from "./page.module.css";

interface Props {
  project: string;
  store: string;
  checks: readonly Check[];
}

export function StoreChecks({ project, store, checks }: Props) {
  const { choice, change } = useChoice();
  const close = () => change({ check: null });
  return (
    <section className="card" aria-label="Checks">
      <Group justify="space-between" gap="xs">
        <Title order={2}>Checks</Title>
        {choice.check !== NEW && (
          <Button size="xs" variant="default" onClick={() => change({ check: NEW })}>
            Add a check
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {checks.length === 0
          ? "None yet. A check holds a reading of each evaluation against bounds; the worst outcome is the status of the store."
          : "The worst outcome is the status of the store."}
      </Text>
      {choice.check === NEW && (
        <div className={classes.form}>
          <NewCheck project={project} store={store} onDone={close} />
        </div>
      )}
      {checks.length > 0 && (
        <ul className={classes.list} aria-label="Checks of the store">
          {checks.map((check) => (
            <li key={check.id}>
              <Line check={check} open={choice.check === check.id} onOpen={() => change({ check: check.id })} />
              {choice.check === check.id && (
                <div className={classes.form}>
                  <ChangeCheck key={check.updated_at} check={check} onDone={close} />
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ check, open, onOpen }: { check: Check; open: boolean; onOpen: () => void }) {
  const [asked, setAsked] = useState(false);
  const path = { check_id: check.id };
  const toggle = useChange((enabled: boolean) => act("patch", "/api/v1/checks/{check_id}", { path, body: { enabled } }));
  const remove = useChange(() => act("delete", "/api/v1/checks/{check_id}", { path }));
  return (
    <>
      <Group gap="xs" justify="space-between" align="start">
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {check.name}
            {!check.enabled && (
              <Text span size="sm" c="dimmed">
                {" "}
                (off)
              </Text>
            )}
          </Text>
          {check.latest && <StatusBadge status={check.latest.outcome} size="sm" />}
        </Group>
        <Group gap={6}>
          {!open && (
            <Button size="compact-xs" variant="default" aria-label={`Change ${check.name}`} onClick={onOpen}>
              Change
            </Button>
          )}
          <Button size="compact-xs" variant="default" aria-label={`Switch ${check.enabled ? "off" : "on"} ${check.name}`} loading={toggle.isPending} onClick={() => toggle.mutate(!check.enabled)}>
            {check.enabled ? "Switch off" : "Switch on"}
          </Button>
          {!asked && (
            <Button size="compact-xs" variant="default" aria-label={`Delete ${check.name}`} onClick={() => setAsked(true)}>
              Delete
            </Button>
          )}
        </Group>
      </Group>
      <Text size="sm">{check.rule}</Text>
      {check.latest && (
        <Text size="sm" c="dimmed">
          {check.latest.sentence}
        </Text>
      )}
      {asked && (
        <Confirmation
          consequence="What it found so far goes with it."
          label={`Yes, delete ${check.name}`}
          pending={remove.isPending}
          onConfirm={() => remove.mutate(undefined)}
          onKeep={() => setAsked(false)}
        />
      )}
      {toggle.isError && <Failure what="The check was not switched" error={toggle.error} retry={() => toggle.mutate(!check.enabled)} />}
      {remove.isError && <Failure what="The check was not deleted" error={remove.error} retry={() => remove.mutate(undefined)} />}
    </>
  );
}
