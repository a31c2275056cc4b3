// Every project with its deployments: state, volume, drift; what to do first where there is none.
import { Skeleton, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useDeployments, useModels, useProjects, useServices } from "../../api/serving";
import { Failure } from "../../parts/failure";
import { formatCount } from "../../parts/readings";
import { FirstProject } from "./first-steps";
import { ProjectSection } from "./project-section";

export function HomePage() {
  const answers = [useProjects(), useDeployments(), useServices(), useModels()] as const;
  const [projects, deployments, services, models] = answers;
  const failed = answers.find((answer) => answer.isError);
  if (failed?.error) {
    const retry = () => answers.forEach((answer) => answer.isError && void answer.refetch());
    return <Frame>{<Failure what="The projects could not be listed" error={failed.error} retry={retry} />}</Frame>;
  }
  if (!projects.data || !deployments.data || !services.data || !models.data) return <Frame>{<Loading />}</Frame>;
  if (projects.data.items.length === 0) return <Frame>{<FirstProject />}</Frame>;
  const running = deployments.data.items;
  return (
    <Frame text={`${count(projects.data.items.length, "project")}, ${count(running.length, "deployment")}.`}>
      {projects.data.items.map((project) => (
        <ProjectSection
          key={project.key}
          project={project}
          deployments={running.filter((one) => one.project === project.key)}
          services={services.data.items.filter((one) => one.project === project.key)}
          models={models.data.items.filter((one) => one.project === project.key)}
        />
      ))}
    </Frame>
  );
}

function Frame({ text, children }: { text?: string; children: ReactNode }) {
  return (
    <Stack gap="lg" maw={1280} mx="auto">
      <title>Home · Wakeline</title>
      <div>
        <Title order={1}>Projects and deployments</Title>
        <Text c="dimmed" size="sm">
          {text ?? "What is served, what is asked of it, and how far that is from what the models know."}
        </Text>
      </div>
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
