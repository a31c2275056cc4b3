// The frame of every page: banner with the places, colour scheme, and where a page stands.
import { ActionIcon, Anchor, AppShell, Group, Text, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconMoon, IconSun } from "@tabler/icons-react";
import { Link, Outlet, useHref, useLocation } from "react-router";
import { Mark } from "./mark";
import { isWithin, PLACES } from "./navigation";
import classes from "./shell.module.css";

const NARROW = "(max-width: 48em)";

export function Shell() {
  const { search } = useLocation();
  const content = useHref({ search, hash: "content" });
  const narrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: false });
  return (
    <AppShell
      header={{ height: 52 }}
      footer={{ height: 54, collapsed: !narrow, offset: narrow }}
      padding={{ base: "sm", sm: "lg" }}
    >
      <a className="skip-link" href={content}>
        Skip to the content
      </a>
      <AppShell.Header bg="var(--wakeline-surface)">
        <Group h="100%" px={{ base: "sm", sm: "lg" }} justify="space-between" wrap="nowrap">
          <Group h="100%" gap="xl" wrap="nowrap">
            <Anchor component={Link} to="/" underline="never" c="inherit" aria-label="Wakeline, start">
              <Group gap="xs" wrap="nowrap">
                <Mark />
                <Text fw={700} size="lg">
                  Wakeline
                </Text>
              </Group>
            </Anchor>
            {!narrow && <Places className={classes.places} />}
          </Group>
          <SchemeSwitch />
        </Group>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
      {narrow && (
        <AppShell.Footer bg="var(--wakeline-surface)">
          <Places className={classes.foot} />
        </AppShell.Footer>
      )}
    </AppShell>
  );
}

function Places({ className }: { className: string | undefined }) {
  const { pathname } = useLocation();
  return (
    <nav className={className} aria-label="Places">
      {PLACES.map((place) => (
        <Link
          key={place.to}
          to={place.to}
          className={classes.place}
          aria-current={pathname === place.to ? "page" : isWithin(place, pathname) ? "true" : undefined}
        >
          <place.Icon size={18} stroke={1.75} aria-hidden />
          {place.title}
        </Link>
      ))}
    </nav>
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
