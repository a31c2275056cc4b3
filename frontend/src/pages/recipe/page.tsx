// An Evaluate recipe: its settings by parts, and beside them a run with its progress and the runs before.
import { Anchor, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { Link, useParams, useSearchParams } from "react-router";
import { type Recipe, useJobs, useRecipe } from "../../api/flow-queries";
import { Failure } from "../../parts/failure";
import { datasetAddress, flowAddress, storeAddress } from "../../parts/flow-addresses";
import { JobProgress, JobState } from "../../parts/job-progress";
import { formatMoment } from "../../parts/moment";
import { RunForm } from "../../parts/run-form";
import { Trail } from "../../parts/trail";
import { Unknown } from "../../parts/unknown";
import { describeWindow } from "../../parts/window-text";
import classes from "./page.module.css";
import { SettingsForm } from "./settings-form";

const RUNS_SHOWN = 12;

export function RecipePage() {
  const { project = "", name = "" } = useParams();
  const recipe = useRecipe(project, name);
  if (recipe.isError) {
    return (
      <Stack className={classes.page}>
        <title>{`${name} · Recipe · Wakeline`}</title>
        <Unknown what={`recipe ${name}`} error={recipe.error} retry={() => void recipe.refetch()} to={flowAddress(project)} toWords={`See the Flow of ${project}`} />
      </Stack>
    );
  }
  return (
    <Stack gap="md" className={classes.page}>
      <title>{`${name} · Recipe · Wakeline`}</title>
      <div>
        <Trail steps={[{ title: project, to: flowAddress(project) }]} />
        <Title order={1} mt={4} className={classes.name}>
          {name}
        </Title>
        {recipe.data ? <Summary recipe={recipe.data} /> : <Text size="sm" c="dimmed">Evaluate recipe</Text>}
      </div>
      {recipe.isPending ? (
        <Skeleton height={420} role="status" aria-label="Loading the recipe" />
      ) : (
        <div className={classes.columns}>
          <SettingsForm recipe={recipe.data} />
          <Runs recipe={recipe.data} />
        </div>
      )}
    </Stack>
  );
}

function Summary({ recipe: { project, dataset, model, store, settings } }: { recipe: Recipe }) {
  const reference = settings.reference ?? null;
  return (
    <Text size="sm" c="dimmed">
      Compares{" "}
      <Anchor component={Link} to={datasetAddress(project, dataset)} size="sm" td="underline">
        {dataset}
      </Anchor>{" "}
      with {reference ? `${describeWindow(reference.window)} of ` : "the reference of "}
      {reference ? (
        <Anchor component={Link} to={datasetAddress(project, reference.dataset)} size="sm" td="underline">
          {reference.dataset}
        </Anchor>
      ) : (
        <Anchor component={Link} to={flowAddress(project, { kind: "model", name: model })} size="sm" td="underline">
          {model}
        </Anchor>
      )}{" "}
      and writes to{" "}
      <Anchor component={Link} to={storeAddress(project, store)} size="sm" td="underline">
        {store}
      </Anchor>
    </Text>
  );
}

function Runs({ recipe: { project, name, dataset } }: { recipe: Recipe }) {
  const [parameters, setParameters] = useSearchParams();
  const jobs = useJobs(project);
  const job = parameters.get("job");
  const follow = (id: string) => {
    const next = new URLSearchParams(parameters);
    next.set("job", id);
    return next;
  };
  const runs = (jobs.data?.items ?? []).filter((one) => one.arguments["recipe"] === name).slice(0, RUNS_SHOWN);
  return (
    <Stack gap="md">
      <section className="card" aria-label="Run">
        <Stack gap="md">
          <Title order={2}>Run</Title>
          <RunForm project={project} recipe={name} dataset={dataset} onStart={(id) => setParameters(follow(id))} />
          {job !== null && <JobProgress key={job} id={job} />}
        </Stack>
      </section>
      <section className="card" aria-label="Latest runs">
        <Title order={2} mb="xs">
          Latest runs
        </Title>
        {jobs.isError ? (
          <Failure what="The runs could not be listed" error={jobs.error} retry={() => void jobs.refetch()} />
        ) : runs.length === 0 ? (
          <Text size="sm" c="dimmed">
            {jobs.isPending ? "Loading …" : "The recipe has not run yet."}
          </Text>
        ) : (
          <ul className={classes.runs}>
            {runs.map((one) => (
              <li key={one.id}>
                <Group justify="space-between" wrap="nowrap" gap="xs">
                  <div>
                    <Anchor component={Link} to={`?${follow(one.id)}`} preventScrollReset size="sm" fw={600} aria-current={one.id === job ? "true" : undefined}>
                      {typeof one.arguments["window"] === "string" ? describeWindow(one.arguments["window"]) : one.id}
                    </Anchor>
                    <Text size="xs" c="dimmed">
                      {formatMoment(one.created_at)}
                    </Text>
                  </div>
                  <JobState state={one.state} />
                </Group>
              </li>
            ))}
          </ul>
        )}
      </section>
    </Stack>
  );
}
