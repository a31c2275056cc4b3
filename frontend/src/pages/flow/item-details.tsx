// What the panel shows of an item: a few facts, what it leads to, and what can be done with it.
import { Anchor, Badge, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { type Flow, type FlowItem, type JobSummary, useDataset, useModel, useRecipe, useStore } from "../../api/flow-queries";
import { datasetAddress, evaluationAddress, recipeAddress, storeAddress } from "../../parts/flow-addresses";
import { Failure } from "../../parts/failure";
import { JobProgress, JobState } from "../../parts/job-progress";
import { formatCount } from "../../parts/readings";
import { RunForm } from "../../parts/run-form";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";
import { useChoice } from "./choice";
import { makeKey } from "./layout";
import { Move, Remove } from "./item-moves";
import classes from "./page.module.css";

const RUNS_SHOWN = 5;

interface Props {
  flow: Flow;
  item: FlowItem;
  jobs: readonly JobSummary[];
}

export function ItemDetails({ flow, item, jobs }: Props) {
  const { project } = flow;
  return (
    <Stack gap="md">
      {item.kind === "dataset" && <DatasetFacts project={project} name={item.name} />}
      {item.kind === "recipe" && <RecipeFacts project={project} name={item.name} jobs={jobs} />}
      {item.kind === "model" && <ModelFacts project={project} name={item.name} />}
      {item.kind === "store" && <StoreFacts project={project} name={item.name} />}
      <Move flow={flow} item={item} />
      <Remove project={project} item={item} />
    </Stack>
  );
}

function DatasetFacts({ project, name }: { project: string; name: string }) {
  const dataset = useDataset(project, name);
  const { link } = useChoice();
  if (dataset.isPending) return <Skeleton height={140} role="status" aria-label="Loading the dataset" />;
  if (dataset.isError) return <Failure what="The dataset could not be shown" error={dataset.error} retry={() => void dataset.refetch()} />;
  const { data } = dataset;
  const days = data.partitions.map(({ day }) => day).sort();
  const facts: Fact[] = [
    ["Rows", data.state === "empty" ? "none yet" : formatCount(data.row_count)],
    ["Days", days.length === 0 ? "none yet" : days.length === 1 ? `1, ${days[0]}` : `${formatCount(days.length)}, ${days[0]} to ${days.at(-1)}`],
    ["Connection", data.connection_id],
    ["Path", data.path],
  ];
  return (
    <>
      <Facts facts={facts} />
      <Group gap="xs">
        <Button component={Link} to={datasetAddress(project, name)} size="xs">
          Open
        </Button>
        <Button component={Link} to={link({ making: "recipe", item: makeKey({ kind: "dataset", name }) })} size="xs" variant="default">
          New recipe
        </Button>
      </Group>
    </>
  );
}

function RecipeFacts({ project, name, jobs }: { project: string; name: string; jobs: readonly JobSummary[] }) {
  const recipe = useRecipe(project, name);
  const { choice, link, change } = useChoice();
  if (recipe.isPending) return <Skeleton height={140} role="status" aria-label="Loading the recipe" />;
  if (recipe.isError) return <Failure what="The recipe could not be shown" error={recipe.error} retry={() => void recipe.refetch()} />;
  const { data } = recipe;
  const item = (kind: string, of: string) => (
    <Anchor component={Link} to={link({ item: makeKey({ kind, name: of }) })} size="sm">
      {of}
    </Anchor>
  );
  const facts: Fact[] = [
    ["Dataset", item("dataset", data.dataset)],
    ["Model", item("model", data.model)],
    ["Version", data.settings.model_version],
    ["Store", item("store", data.store)],
  ];
  const runs = jobs.filter((job) => job.arguments["recipe"] === name).slice(0, RUNS_SHOWN);
  return (
    <>
      <Facts facts={facts} />
      <Group gap="xs">
        <Button component={Link} to={recipeAddress(project, name)} size="xs" variant="default">
          Open settings
        </Button>
      </Group>
      <RunForm project={project} recipe={name} dataset={data.dataset} onStart={(job) => change({ job })} />
      {choice.job !== null && <JobProgress key={choice.job} id={choice.job} />}
      {runs.length > 0 && (
        <div>
          <Title order={3} size="h5" mb={6}>
            Latest runs
          </Title>
          <ul className={classes.entries}>
            {runs.map((job) => (
              <li key={job.id}>
                <Link to={link({ item: makeKey({ kind: "recipe", name }), job: job.id })} className={classes.entry}>
                  {typeof job.arguments["window"] === "string" ? describeWindow(job.arguments["window"]) : job.id}
                  <Group ml="auto" gap={6} wrap="nowrap">
                    <JobState state={job.state} />
                  </Group>
                </Link>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function ModelFacts({ project, name }: { project: string; name: string }) {
  const model = useModel(project, name);
  if (model.isPending) return <Skeleton height={140} role="status" aria-label="Loading the model" />;
  if (model.isError) return <Failure what="The model could not be shown" error={model.error} retry={() => void model.refetch()} />;
  return (
    <>
    <Text size="xs" c="dimmed">
      Beside each version: its task, and the engine that answers for it. row-plan: Wakeline's own evaluation of the pipeline, one row at a
      time, without the model's library.
    </Text>
    <ul className={classes.entries} aria-label="Versions">
      {model.data.versions.map((version) => (
        <li key={version.version} className={classes.version}>
          <Group gap="xs">
            <Text size="sm" fw={600}>
              {version.version}
            </Text>
            {version.active && <Badge color="teal">active</Badge>}
            <Text size="xs" c="dimmed" ml="auto">
              {version.task}, {version.engine}
            </Text>
          </Group>
          <Text size="xs" c="dimmed">
            {version.reference_rows == null ? "No reference" : `Reference of ${formatCount(version.reference_rows)} rows`}; saved{" "}
            {version.created_at.slice(0, 10)}
          </Text>
        </li>
      ))}
    </ul>
    </>
  );
}

function StoreFacts({ project, name }: { project: string; name: string }) {
  const store = useStore(project, name);
  if (store.isPending) return <Skeleton height={140} role="status" aria-label="Loading the store" />;
  if (store.isError) return <Failure what="The store could not be shown" error={store.error} retry={() => void store.refetch()} />;
  if (!store.data) return <Text size="sm">The store is gone.</Text>;
  const { latest, evaluation_count: count } = store.data;
  return (
    <>
      <Facts facts={[["Evaluations", formatCount(count)], ["Recipes", store.data.recipes.join(", ") || "none yet"]]} />
      {latest && (
        <div>
          <Group gap="xs" mb={4}>
            <Anchor component={Link} to={evaluationAddress(latest.id)} fw={600} size="sm">
              {describeWindow(latest.window)}
            </Anchor>
            <StatusBadge status={latest.status} />
          </Group>
          <Text size="sm">{latest.sentence}</Text>
        </div>
      )}
      <Group>
        <Button component={Link} to={storeAddress(project, name)} size="xs">
          Open
        </Button>
      </Group>
    </>
  );
}

type Fact = [string, ReactNode];

function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(([title, value]) => (
        <div key={title} className={classes.fact}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
