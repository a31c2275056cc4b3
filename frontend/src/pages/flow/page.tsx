// A project's Flow: the graph, and beside it what is chosen or made. Without a project in the address: the first one.
import { Button, Group, NativeSelect, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { Link, Navigate, useNavigate, useNavigation, useParams } from "react-router";
import { hasEnded, useFlow, useJobs, useProjects } from "../../api/flow-queries";
import { flowAddress } from "../../parts/flow-addresses";
import { Command } from "../../parts/command";
import { Failure } from "../../parts/failure";
import { Unknown } from "../../parts/unknown";
import { FlowCanvas } from "./canvas";
import { useChoice } from "./choice";
import { Panel } from "./panel";
import classes from "./page.module.css";

export function FlowPage() {
  const { project } = useParams();
  return project === undefined ? <FirstFlow /> : <ProjectFlow project={project} />;
}

function FirstFlow() {
  const projects = useProjects();
  const navigation = useNavigation();
  if (projects.isPending) return <Skeleton height={420} role="status" aria-label="Loading the projects" />;
  if (projects.isError) {
    return <Failure what="The projects could not be listed" error={projects.error} retry={() => void projects.refetch()} />;
  }
  const first = projects.data.items[0];
  // Someone who is on the way to another page is not called back.
  if (first) return navigation.state === "idle" ? <Navigate to={flowAddress(first.key)} replace /> : null;
  return (
    <Stack gap="md" className={classes.page}>
      <title>Flow · Wakeline</title>
      <Title order={1}>Flow</Title>
      <section className="card">
        <Stack gap="sm" maw={680}>
          <Title order={2}>There is no project yet</Title>
          <Text size="sm">
            A Flow shows a project's log datasets, saved models, Evaluate recipes and stores. The demo makes one on real flights:
          </Text>
          <Command line="wakeline demo" />
        </Stack>
      </section>
    </Stack>
  );
}

function ProjectFlow({ project }: { project: string }) {
  const flow = useFlow(project);
  const jobs = useJobs(project);
  const { choice } = useChoice();
  const running = useMemo(() => {
    const active = (jobs.data?.items ?? []).filter((job) => !hasEnded(job));
    return new Set(active.flatMap((job) => (typeof job.arguments["recipe"] === "string" ? [job.arguments["recipe"]] : [])));
  }, [jobs.data]);
  if (flow.isError) {
    return (
      <Stack className={classes.page}>
        <title>{`Flow · ${project} · Wakeline`}</title>
        <Unknown what={`project ${project}`} error={flow.error} retry={() => void flow.refetch()} to="/" toWords="See the projects that there are" />
      </Stack>
    );
  }
  const open = choice.item !== null || choice.making !== null;
  return (
    <Stack gap="md" className={classes.page}>
      <title>{`Flow · ${project} · Wakeline`}</title>
      <Group justify="space-between" align="end" gap="sm">
        <div>
          <Title order={1}>Flow</Title>
          <Text c="dimmed" size="sm">
            What {project} reads, runs and keeps, by zones.
          </Text>
        </div>
        <Group gap="xs" align="end">
          <ProjectSelect project={project} />
          <NewButtons />
        </Group>
      </Group>
      {flow.isPending ? (
        <Skeleton height={420} role="status" aria-label="Loading the Flow" />
      ) : (
        <div className={classes.columns} data-open={open || undefined}>
          {open && <Panel flow={flow.data} jobs={jobs.data?.items ?? []} />}
          {isEmpty(flow.data) ? <EmptyFlow /> : <FlowCanvas flow={flow.data} running={running} />}
        </div>
      )}
    </Stack>
  );
}

function isEmpty({ zones }: { zones: readonly { id: string | null; items: readonly unknown[] }[] }): boolean {
  return zones.every((zone) => zone.id === null && zone.items.length === 0);
}

function EmptyFlow() {
  const { link } = useChoice();
  return (
    <section className="card">
      <Stack gap="sm" align="start" maw={680}>
        <Title order={2}>Nothing stands in this Flow yet</Title>
        <Text size="sm">
          Make a dataset of an endpoint's log first. An Evaluate recipe then compares it with a saved model's reference and writes to a
          store.
        </Text>
        <Button component={Link} to={link({ making: "dataset" })}>
          New dataset
        </Button>
      </Stack>
    </section>
  );
}

function ProjectSelect({ project }: { project: string }) {
  const projects = useProjects();
  const navigate = useNavigate();
  if (!projects.data || projects.data.items.length < 2) return null;
  return (
    <NativeSelect
      aria-label="Project"
      size="sm"
      value={project}
      data={projects.data.items.map(({ key, name }) => ({ value: key, label: name === key ? key : `${key} · ${name}` }))}
      onChange={(event) => void navigate(flowAddress(event.currentTarget.value))}
    />
  );
}

function NewButtons() {
  const { link } = useChoice();
  return (
    <Group gap="xs" component="nav" aria-label="Make something new">
      {(["dataset", "recipe", "store", "zone"] as const).map((making) => (
        <Button key={making} component={Link} to={link({ making })} variant="default" size="sm">
          New {making}
        </Button>
      ))}
    </Group>
  );
}
