// A dataset of a log table: browse a connection down to a table, look at its rows' count, name it.
import { Alert, Anchor, Badge, Button, Group, NativeSelect, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconFolder, IconTable } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { act } from "../../api/client";
import { type Flow, useChange, useConnections, useFolder } from "../../api/flow-queries";
import { Failure } from "../../parts/failure";
import { formatCount } from "../../parts/readings";
import { useChoice } from "./choice";
import { makeKey } from "./layout";
import classes from "./page.module.css";
import { ZoneSelect } from "./zone-select";

export function NewDataset({ flow }: { flow: Flow }) {
  const connections = useConnections();
  const { choice, change } = useChoice();
  if (connections.isPending) return <Skeleton height={200} />;
  if (connections.isError) {
    return <Failure what="The connections could not be listed" error={connections.error} retry={() => void connections.refetch()} />;
  }
  const { items } = connections.data;
  const connection = items.find((one) => one.id === choice.connection) ?? items[0];
  if (!connection) return <Text size="sm">There is no connection to browse.</Text>;
  return (
    <Stack gap="sm">
      <Text size="sm">Find the log: topic, routing key, then the endpoint's table.</Text>
      {items.length > 1 ? (
        <NativeSelect
          label="Connection"
          value={connection.id}
          data={items.map(({ id, type }) => ({ value: id, label: `${id} (${type})` }))}
          onChange={(event) => change({ connection: event.currentTarget.value, path: null })}
        />
      ) : (
        <Text size="sm" c="dimmed">
          Connection: {connection.id} ({connection.type})
        </Text>
      )}
      <Browser connection={connection.id} path={choice.path ?? ""} flow={flow} />
    </Stack>
  );
}

function Browser({ connection, path, flow }: { connection: string; path: string; flow: Flow }) {
  const folder = useFolder(connection, path);
  const { alter } = useChoice();
  return (
    <>
      <Steps path={path} />
      {folder.isPending ? (
        <Skeleton height={120} role="status" aria-label="Loading the folder" />
      ) : folder.isError ? (
        <Failure what="The folder could not be opened" error={folder.error} retry={() => void folder.refetch()} />
      ) : folder.data.kind === "log-table" ? (
        <NameIt key={path} connection={connection} path={path} flow={flow} />
      ) : folder.data.entries.length === 0 ? (
        <Alert color="gray" title="Nothing here yet">
          A log appears as soon as an endpoint of a deployment has been asked for the first time.
        </Alert>
      ) : (
        <ul className={classes.entries} aria-label="Folder">
          {folder.data.entries.map((entry) => (
            <li key={entry.path}>
              <Link to={alter({ connection, path: entry.path })} className={classes.entry}>
                {entry.kind === "folder" ? <IconFolder size={16} aria-hidden /> : <IconTable size={16} aria-hidden />}
                {entry.name}
                {entry.kind === "log-table" && (
                  <Badge color="teal" ml="auto" miw="max-content">
                    log{entry.row_count == null ? "" : `, ${formatCount(entry.row_count)} rows`}
                  </Badge>
                )}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Steps({ path }: { path: string }) {
  const { alter } = useChoice();
  const segments = path === "" ? [] : path.split("/");
  return (
    <Group gap={4} component="nav" aria-label="Folder">
      <Anchor component={Link} to={alter({ path: null })} size="sm">
        All topics
      </Anchor>
      {segments.map((segment, index) => (
        <Group key={`${index} ${segment}`} gap={4} wrap="nowrap">
          <Text span size="sm" c="dimmed" aria-hidden>
            /
          </Text>
          {index === segments.length - 1 ? (
            <Text span size="sm" fw={600}>
              {segment}
            </Text>
          ) : (
            <Anchor component={Link} to={alter({ path: segments.slice(0, index + 1).join("/") })} size="sm">
              {segment}
            </Anchor>
          )}
        </Group>
      ))}
    </Group>
  );
}

function NameIt({ connection, path, flow }: { connection: string; path: string; flow: Flow }) {
  const { choice, open } = useChoice();
  const [name, setName] = useState(suggestName(path, flow));
  const [zone, setZone] = useState(choice.zone ?? "");
  const body = { project: flow.project, name: name.trim(), kind: "log", connection_id: connection, path, zone: zone || null };
  const make = useChange(
    () => act("post", "/api/v1/datasets", { body }),
    (dataset) => open({ item: makeKey({ kind: "dataset", name: dataset.name }) }),
  );
  return (
    <form onSubmit={(event) => (event.preventDefault(), make.mutate(undefined))}>
      <Stack gap="sm">
        <Text size="sm">This is the log of an endpoint. Its dataset always shows the rows as they come in.</Text>
        <TextInput label="Name" required value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={200} />
        <ZoneSelect flow={flow} value={zone} onChange={setZone} />
        <Button type="submit" disabled={name.trim() === ""} loading={make.isPending}>
          Create dataset
        </Button>
        {make.isError && <Failure what="The dataset was not made" error={make.error} retry={() => make.mutate(undefined)} />}
      </Stack>
    </form>
  );
}

/** Routing key and endpoint, with a number behind where that name is taken. */
function suggestName(path: string, flow: Flow): string {
  const plain = `${path.split("/").slice(-2).map(decodeSegment).join("-")}-log`.replace(/[^\w. -]/g, "-");
  const taken = new Set(flow.zones.flatMap((zone) => zone.items).filter(({ kind }) => kind === "dataset").map(({ name }) => name));
  let name = plain;
  for (let number = 2; taken.has(name); number += 1) name = `${plain}-${number}`;
  return name;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
