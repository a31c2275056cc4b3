// One event of the log in full: its values in groups, and the row as JSON.
import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import type { Tail } from "../../api/model";
import { CodeBlock } from "../../parts/code";
import { groupValues, type Row, showMoment } from "./event";
import classes from "./tail.module.css";

interface Props {
  row: Row | null;
  columns: Tail["columns"];
  /** How many events are looked through. */
  count: number;
  close: string;
}

export function EventDetails({ row, columns, count, close }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <section className={`card ${classes.details}`} aria-labelledby="event">
      <Stack gap="md">
        <Group justify="space-between" align="start" wrap="nowrap">
          <div>
            <Title order={2} id="event" tabIndex={-1} ref={heading}>
              {row ? "Event" : "This event is not here"}
            </Title>
            {row && (
              <Text size="sm" c="dimmed">
                {`${showMoment(row["event_time"])} UTC`}
              </Text>
            )}
          </div>
          <Anchor component={Link} to={close} preventScrollReset size="sm">
            Close
          </Anchor>
        </Group>
        {row ? (
          <>
            {groupValues(row, columns).map(({ title, entries }) => (
              <div key={title}>
                <Text fw={600} size="sm" mb={4}>
                  {title}
                </Text>
                <dl className={classes.values}>
                  {entries.map(([name, value]) => (
                    <div key={name}>
                      <dt>{name}</dt>
                      <dd>{value === null ? "missing" : name.endsWith("_time") || name.endsWith("_timestamp") ? showMoment(value) : String(value)}</dd>
                    </div>
                  ))}
                </dl>
              </div>
            ))}
            <CodeBlock text={JSON.stringify(row, null, 2)} label="The event as JSON" />
          </>
        ) : (
          <Text size="sm">It is not among the newest {count} events. Ask for more of them, or look for it in the log&apos;s dataset.</Text>
        )}
      </Stack>
    </section>
  );
}
