// What watches a deployment's endpoint, and what it said last.
import { Anchor, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Monitoring } from "../../api/model";
import { flowAddress } from "../../parts/flow-addresses";
import { verdictAddress } from "../../parts/serving-addresses";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";
import classes from "./page.module.css";

export function Watching({ monitoring }: { monitoring: Monitoring }) {
  const { project, zone, dataset, recipe, store, latest, evaluation_count } = monitoring;
  return (
    <Stack gap="sm">
      {latest ? (
        <div>
          <Group gap="xs">
            <StatusBadge status={latest.status} />
            <Anchor component={Link} to={verdictAddress(project, latest.store, latest.id)} size="sm">
              {describeWindow(latest.window)}
            </Anchor>
          </Group>
          <Text size="sm" mt={4}>
            {latest.sentence}
          </Text>
        </div>
      ) : (
        <Text size="sm">Monitored. Nothing is evaluated yet: run the Evaluate recipe on a window with logged queries.</Text>
      )}
      <dl className={classes.parts}>
        <dt>Zone</dt>
        <dd>
          <Anchor component={Link} to={flowAddress(project)} size="sm">
            {zone ?? "none"}
          </Anchor>
        </dd>
        <Part title="Log dataset" project={project} kind="dataset" name={dataset} />
        <Part title="Evaluate recipe" project={project} kind="recipe" name={recipe} />
        <Part title="Model evaluation store" project={project} kind="store" name={store} />
        <dt>Evaluations</dt>
        <dd>
          {store !== null && evaluation_count > 0 ? (
            <Anchor component={Link} to={verdictAddress(project, store)} size="sm">
              {evaluation_count}
            </Anchor>
          ) : (
            evaluation_count
          )}
        </dd>
      </dl>
    </Stack>
  );
}

function Part({ title, project, kind, name }: { title: string; project: string; kind: string; name: string | null }) {
  if (name === null) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        <Anchor component={Link} to={flowAddress(project, { kind, name })} size="sm">
          {name}
        </Anchor>
      </dd>
    </>
  );
}
