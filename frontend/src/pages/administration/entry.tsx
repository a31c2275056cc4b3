// One thing of a list that is changed in place and deleted: its head with the buttons, then its facts or its form.
import { Button, Group, Title } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { Confirmation } from "../../parts/confirmation";
import { Refusal } from "../../parts/refusal";

const NEW = "new";

/** Which thing of a kind the address says is being changed, or that a new one is being made. */
export function useChosen(kind: string) {
  const [parameters, setParameters] = useSearchParams();
  const name = nameParameter(kind);
  const chosen = parameters.get(name);
  return {
    isNew: chosen === NEW,
    isChanging: (id: string) => chosen === `=${id}`,
    close: () => {
      parameters.delete(name);
      setParameters(parameters, { preventScrollReset: true });
    },
  };
}

export function NewLink({ kind }: { kind: string }) {
  return (
    <Button
      component={Link}
      to={`?${nameParameter(kind)}=${NEW}`}
      preventScrollReset
      size="xs"
      variant="default"
      leftSection={<IconPlus size={14} aria-hidden />}
      style={{ alignSelf: "flex-start" }}
    >
      {`New ${kind}`}
    </Button>
  );
}

type EntryProps = {
  kind: string;
  id: string;
  badge?: ReactNode;
  /** Buttons before Change and Delete. */
  actions?: ReactNode;
  isChanging: boolean;
  /** What goes with it when it is deleted; null: it is neither changed nor deleted. */
  consequence: string | null;
  remove: () => Promise<unknown>;
  children: ReactNode;
};

export function Entry({ kind, id, badge, actions, isChanging, consequence, remove, children }: EntryProps) {
  const [asked, setAsked] = useState(false);
  const removal = useMutation({ mutationFn: remove });
  const title = kind.charAt(0).toUpperCase() + kind.slice(1);
  return (
    <article aria-label={`${title} ${id}`}>
      <Group justify="space-between" gap="xs" mb="xs">
        <Group gap="xs">
          <Title order={3} size="h4">
            {id}
          </Title>
          {badge}
        </Group>
        {!isChanging && !asked && (
          <Group gap="xs">
            {actions}
            {consequence !== null && <ChangeAndDelete kind={kind} id={id} ask={() => setAsked(true)} />}
          </Group>
        )}
      </Group>
      {asked && consequence !== null && (
        <Confirmation
          consequence={consequence}
          pending={removal.isPending}
          onConfirm={() => removal.mutate()}
          onKeep={() => {
            setAsked(false);
            removal.reset();
          }}
        />
      )}
      {removal.isError && <Refusal what="Not deleted" error={removal.error} />}
      {children}
    </article>
  );
}

function ChangeAndDelete({ kind, id, ask }: { kind: string; id: string; ask: () => void }) {
  return (
    <>
      <Button
        component={Link}
        to={`?${nameParameter(kind)}=${encodeURIComponent(`=${id}`)}`}
        preventScrollReset
        size="xs"
        variant="default"
        leftSection={<IconPencil size={14} aria-hidden />}
        aria-label={`Change ${kind} ${id}`}
      >
        Change
      </Button>
      <Button size="xs" variant="default" leftSection={<IconTrash size={14} aria-hidden />} aria-label={`Delete ${kind} ${id}`} onClick={ask}>
        Delete
      </Button>
    </>
  );
}

function nameParameter(kind: string) {
  return kind.toLowerCase().replaceAll(" ", "-");
}
