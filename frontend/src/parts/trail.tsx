// Where a page stands: the pages above it, as links.
import { Anchor, Group, Text } from "@mantine/core";
import { Fragment } from "react";
import { Link } from "react-router";

export function Trail({ steps }: { steps: readonly { title: string; to: string }[] }) {
  return (
    <nav aria-label="Where this page stands">
      <Group gap={6}>
        {steps.map(({ title, to }) => (
          <Fragment key={to}>
            <Anchor component={Link} to={to} size="sm">
              {title}
            </Anchor>
            <Text span size="sm" c="dimmed" aria-hidden>
              /
            </Text>
          </Fragment>
        ))}
      </Group>
    </nav>
  );
}
