// Where a page stands: the pages above it, as links.
import { Anchor, Group, Text } from "@mantine/core";
import { Fragment } from "react";
import { Link } from "react-router";

export function Trail({ steps }: { steps: readonly { title: string; to: string }[] }) {
  return (
    <nav aria-label="Where this page stands">
      <Group gap={6}>
        {steps.map(({ title, to }, index) => (
          <Fragment key={to}>
            {index > 0 && (
              <Text span size="sm" c="dimmed" aria-hidden>
                /
              </Text>
            )}
            <Anchor component={Link} to={to} size="sm">
              {title}
            </Anchor>
          </Fragment>
        ))}
      </Group>
    </nav>
  );
}
