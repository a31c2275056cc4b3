// Every project with its deployments: state, volume, drift; what to do first where there is none. One request for all.
import { Alert, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link, useLocation } from "react-router";
import { useOverview } from "../../api/serving";
import { Failure } from "../../parts/failure";
import { formatCount } from "../../parts/readings";
import { useAsked } from "./asked";
import { FirstProject } from "./first-steps";
import { NewProject } from "./new-project";
import { ProjectSection } from "./project-section";

export function HomePage() {
  const overview = useOverview();
  const { asked, link } = useAsked();
  if (overview.isError) {
    const retry = () => void overview.refetch();
    return <Frame>{<Failure what="The projects could not be listed" error={overview.error} retry={retry} />}</Frame>;
  }
  if (!overview.data) return <Frame>{<Loading />}</Frame>;
  const { projects } = overview.data;
  if (projects.length === 0) return <Frame>{<FirstProject />}</Frame>;
  const running = projects.reduce((sum, project) => sum + project.deployments.length, 0);
  const open = asked?.kind === "project";
  return (
    <Frame
      text={`${count(projects.length, "project")}, ${count(running, "deployment")}.`}
      action={
        !open && (
          <Button component={Link} to={link({ kind: "project" })} variant="default" size="sm">
            New project
          </Button>
        )
      }
    >
      <Deleted />
      {open && (
        <section className="card" aria-labelledby="new-project">
          <Title order={2} id="new-project" mb="xs">
            New project
          </Title>
          <NewProject cancel={link(null)} />
        </section>
      )}
      {projects.map((project) => (
        <ProjectSection key={project.key} project={project} />
      ))}
    </Frame>
  );
}

/** What the page before has taken away. */
function Deleted() {
  const state = useLocation().state as { deleted?: string } | null;
  if (!state?.deleted) return null;
  return (
    <Alert color="teal" role="status">
      <Text size="sm">{state.deleted} is deleted. Its log and what was made from it stay.</Text>
    </Alert>
  );
}

function Frame({ text, action, children }: { text?: string; action?: ReactNode; children: ReactNode }) {
  return (
    <Stack gap="lg" maw={1280} mx="auto">
      <title>Home · Wakeline</title>
      <Group justify="space-between" align="end" gap="sm">
        <div>
          <Title order={1}>Projects and deployments</Title>
          <Text c="dimmed" size="sm">
            {text ?? "What is served, what is asked of it, and how far that is from what the models know."}
          </Text>
        </div>
        {action}
      </Group>
      {children}
    </Stack>
  );
}

function Loading() {
  return (
    <Stack gap="lg" role="status" aria-label="Loading the projects">
      <Skeleton height={220} />
      <Skeleton height={220} />
    </Stack>
  );
}

function count(number: number, noun: string): string {
  return `${formatCount(number)} ${noun}${number === 1 ? "" : "s"}`;
}
