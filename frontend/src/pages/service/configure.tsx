// Configure: the plan of what will be made, every part changeable, then one click that makes it.
import { Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { act, get } from "../../api/client";
import type { Monitoring, Plan } from "../../api/model";
import { Failure } from "../../parts/failure";
import { Refusal } from "../../parts/refusal";
import { findCronFault, findZoneFault } from "../../parts/schedule-choices";
import { AlertFields } from "./plan-alert";
import { CheckFields } from "./plan-checks";
import classes from "./page.module.css";
import { NameFields } from "./plan-parts";
import { RecipeFields } from "./plan-recipe";
import { ScheduleFields } from "./plan-schedule";
import { buildWishes, type Draft, startDraft } from "./wishes";

const OPEN = "configure";

/** Whether the address asks for the plan of this deployment. */
export function useOpenPlan(deployment: string): boolean {
  return useSearchParams()[0].get(OPEN) === deployment;
}

export function planAddress(deployment: string, endpoint: string): string {
  return `?${new URLSearchParams({ endpoint, [OPEN]: deployment })}`;
}

export function Configure({ monitoring }: { monitoring: Monitoring }) {
  const { deployment_id, endpoint_id } = monitoring;
  const open = useOpenPlan(deployment_id);
  if (open) return <Planned monitoring={monitoring} />;
  return (
    <Group gap="sm">
      <Button component={Link} to={planAddress(deployment_id, endpoint_id)} preventScrollReset>
        Configure
      </Button>
      <Text size="sm" c="dimmed" flex={1}>
        Not monitored yet. You see what will be made before anything is.
      </Text>
    </Group>
  );
}

function Planned({ monitoring }: { monitoring: Monitoring }) {
  const { deployment_id, endpoint_id } = monitoring;
  const plan = useQuery({
    queryKey: ["plan", deployment_id, endpoint_id],
    queryFn: ({ signal }) =>
      get("/api/v1/deployments/{deployment_id}/endpoints/{endpoint_id}/monitoring/plan", {
        path: { deployment_id, endpoint_id },
        signal,
      }),
    refetchOnWindowFocus: false,
  });
  if (plan.isError) return <Failure what="The plan could not be made" error={plan.error} retry={() => void plan.refetch()} />;
  if (!plan.data) return <Skeleton height={240} role="status" aria-label="Loading the plan" />;
  return <PlanForm plan={plan.data} monitoring={monitoring} />;
}

function PlanForm({ plan, monitoring }: { plan: Plan; monitoring: Monitoring }) {
  const { deployment_id, endpoint_id } = plan;
  const [draft, setDraft] = useState(() => startDraft(plan));
  const [, setParameters] = useSearchParams();
  const navigate = useNavigate();
  const form = useRef<HTMLFormElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const closed = `?${new URLSearchParams({ endpoint: endpoint_id })}`;
  const queries = useQueryClient();
  const configure = useMutation({
    mutationFn: () =>
      act("post", "/api/v1/deployments/{deployment_id}/endpoints/{endpoint_id}/actions/configure-monitoring", {
        path: { deployment_id, endpoint_id },
        body: buildWishes(plan, draft),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["monitoring"] });
      setParameters({ endpoint: endpoint_id }, { replace: true, preventScrollReset: true, state: { made: deployment_id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wrong = draft.scheduled && (findCronFault(draft.cron) ?? findZoneFault(draft.timeZone)) !== null;
    if (wrong) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    else configure.mutate();
  };
  const change = (changes: Partial<Draft>) => setDraft((now) => ({ ...now, ...changes }));
  return (
    <form
      ref={form}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape") void navigate(closed, { preventScrollReset: true });
      }}
      className={classes.plan}
      aria-label={`What Configure makes for ${deployment_id}`}
    >
      <Stack gap="md" maw={860}>
        <div>
          <Title order={3} tabIndex={-1} ref={heading}>
            Configure the monitoring
          </Title>
          <Text size="sm">
            {plan.recipe.exists ? "One click on “Make it” makes what is missing. " : "One click on “Make it” makes all of this. "}
            It reads <b>{plan.dataset.path}</b> and compares it with the recipe&apos;s reference. Change what you like, or nothing.
          </Text>
        </div>
        <NameFields plan={plan} draft={draft} onChange={change} />
        <ScheduleFields plan={plan} draft={draft} onChange={change} />
        <AlertFields plan={plan} draft={draft} onChange={change} />
        <details className={classes.more} onInvalidCapture={({ currentTarget }) => (currentTarget.open = true)}>
          <summary>{describeMore(plan, draft)}</summary>
          <Stack gap="md" mt="sm">
            <RecipeFields plan={plan} monitoring={monitoring} draft={draft} onChange={change} />
            <CheckFields draft={draft} onChange={change} />
          </Stack>
        </details>
        {configure.isError && <Refusal what="Nothing was made" error={configure.error} />}
        <Group gap="sm" className={classes.decision ?? ""}>
          <Button type="submit" loading={configure.isPending}>
            Make it
          </Button>
          <Button component={Link} variant="default" to={closed} preventScrollReset>
            Not now
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function describeMore({ recipe }: Plan, { checks }: Draft): string {
  const wanted = checks.filter((one) => one.wanted).length;
  return `More: ${recipe.exists ? "" : "what the recipe compares, and "}${wanted} ${wanted === 1 ? "check" : "checks"} with their bounds`;
}
