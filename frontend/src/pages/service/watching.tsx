// What watches a deployment's endpoint: its state, its parts as links, and a way to take it all away.
import { Anchor, Group, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link, useLocation } from "react-router";
import type { Monitoring } from "../../api/model";
import { datasetAddress, evaluationAddress, flowAddress, recipeAddress, storeAddress } from "../../parts/flow-addresses";
import { formatMoment } from "../../parts/moment";
import { verdictAddress } from "../../parts/serving-addresses";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";
import { planAddress } from "./configure";
import { FirstRun } from "./first-run";
import classes from "./page.module.css";
import { Removal, type Removed } from "./removal";
import { Told } from "./told";

interface Props {
  monitoring: Monitoring;
  onRemoved: (removed: Removed) => void;
}

export function Watching({ monitoring, onRemoved }: Props) {
  const { project, zone, dataset, recipe, store, schedule, checks, alerts, latest, status, evaluation_count } = monitoring;
  const top = useRef<HTMLDivElement>(null);
  const made = (useLocation().state as { made?: string } | null)?.made === monitoring.deployment_id;
  useEffect(() => {
    if (made) top.current?.focus();
  }, [made]);
  return (
    <Stack gap="sm" ref={top} tabIndex={-1} className={classes.watched ?? ""}>
      {latest ? (
        <div>
          <Group gap="xs">
            <StatusBadge status={status ?? latest.status} />
            <Anchor component={Link} to={evaluationAddress(latest.id)} size="sm">
              {describeWindow(latest.window)}
            </Anchor>
          </Group>
          <Text size="sm" mt={4}>
            {latest.sentence}
          </Text>
          {status !== null && status !== latest.status && (
            <Text size="sm" c="dimmed" mt={4}>
              {`Checks: ${status}. Drift verdict of the evaluation: ${latest.status}.`}
            </Text>
          )}
        </div>
      ) : (
        <Text size="sm">
          Monitored. Nothing is evaluated yet.
        </Text>
      )}
      <FirstRun monitoring={monitoring} />
      <dl className={classes.parts}>
        <dt>Zone</dt>
        <dd>
          <Anchor component={Link} to={flowAddress(project)} size="sm">
            {zone ?? "none"}
          </Anchor>
        </dd>
        <Part title="Log dataset" project={project} locate={datasetAddress} name={dataset} />
        <Part title="Evaluate recipe" project={project} locate={recipeAddress} name={recipe} />
        <Part title="Model evaluation store" project={project} locate={storeAddress} name={store} />
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
        <dt>Schedule</dt>
        <dd>
          {schedule && recipe !== null ? (
            <Anchor component={Link} to={`${recipeAddress(project, recipe)}?tab=schedule`} size="sm">
              {`${schedule.cron} (${schedule.time_zone})${schedule.next_due_at ? `, next on ${formatMoment(schedule.next_due_at)}` : ""}`}
            </Anchor>
          ) : (
            "none"
          )}
        </dd>
        <dt>Ground-truth key</dt>
        <dd>{monitoring.ground_truth_key}</dd>
        <dt>Checks</dt>
        <dd>
          {checks.length === 0 ? (
            "none"
          ) : (
            <Stack gap={4} component="ul" className={classes.plain ?? ""}>
              {checks.map((check) => (
                <Group key={check.id} component="li" gap="xs" wrap="nowrap" align="baseline">
                  {check.enabled && check.latest ? <StatusBadge status={check.latest.outcome} size="sm" /> : null}
                  <span>{check.rule}</span>
                  {!check.enabled && (
                    <Text span size="sm" c="dimmed">
                      (off)
                    </Text>
                  )}
                </Group>
              ))}
              {store !== null && (
                <li>
                  <Anchor component={Link} to={storeAddress(project, store)} size="sm">
                    Their readings over the windows
                  </Anchor>
                </li>
              )}
            </Stack>
          )}
        </dd>
        <dt>Alert</dt>
        <dd>{alerts.length === 0 ? "nobody is told" : alerts.map((alert) => <Told key={alert.id} alert={alert} />)}</dd>
      </dl>
      {(schedule === null || checks.length === 0 || alerts.length === 0) && (
        <Text size="sm">
          <Anchor component={Link} to={planAddress(monitoring.deployment_id, monitoring.endpoint_id)} preventScrollReset size="sm">
            Configure what is missing
          </Anchor>
        </Text>
      )}
      <Removal monitoring={monitoring} onRemoved={onRemoved} />
    </Stack>
  );
}

interface PartProps {
  title: string;
  project: string;
  locate: (project: string, name: string) => string;
  name: string | null;
}

function Part({ title, project, locate, name }: PartProps) {
  if (name === null) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        <Anchor component={Link} to={locate(project, name)} size="sm">
          {name}
        </Anchor>
      </dd>
    </>
  );
}
