// The frame of every page: banner, colour scheme, and the place where a page stands.
import { ActionIcon, Anchor, AppShell, Group, Text, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconMoon, IconSun } from "@tabler/icons-react";
import { Link, Outlet } from "react-router";
import { Mark } from "./mark";

export function Shell() {
  return (
    <AppShell header={{ height: 52 }} padding={{ base: "sm", sm: "lg" }}>
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <AppShell.Header bg="var(--wakeline-surface)">
        <Group h="100%" px={{ base: "sm", sm: "lg" }} justify="space-between" wrap="nowrap">
          <Anchor component={Link} to="/" underline="never" c="inherit" aria-label="Wakeline, start">
            <Group gap="xs" wrap="nowrap">
              <Mark />
              <Text fw={700} size="lg">
                Wakeline
              </Text>
            </Group>
          </Anchor>
          <SchemeSwitch />
        </Group>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "light" ? "dark" : "light";
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      c="var(--mantine-color-dimmed)"
      aria-label={`Switch to ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      {scheme === "light" ? <IconMoon size={18} aria-hidden /> : <IconSun size={18} aria-hidden />}
    </ActionIcon>
  );
}
