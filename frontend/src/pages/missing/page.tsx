// An address that no page has.
import { Anchor, Stack, Text, Title } from "@mantine/core";
import { Link, useLocation } from "react-router";

export function MissingPage() {
  const { pathname } = useLocation();
  return (
    <Stack gap="xs" maw={560}>
      <title>Not found · Wakeline</title>
      <Title order={1}>There is no page here</Title>
      <Text>
        Nothing is kept under <code>{pathname}</code>. The address may be mistyped, or what it named is gone.
      </Text>
      <Anchor component={Link} to="/">
        Go to the projects
      </Anchor>
    </Stack>
  );
}
