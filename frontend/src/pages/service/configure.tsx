// Configure: the plan of what will be made, every part changeable, then one click that makes it.
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { act, get } from "../../api/client";
import type { Monitoring, Plan } from "../../api/model";
import { Failure } from "../../parts/failure";
import { Refusal } from "../../parts/refusal";
import { AlertFields } from "./plan-alert";
import { CheckFields } from "./plan-checks";
import { NameFields, ScheduleFields } from "./plan-parts";
import { RecipeFields } from "./plan-recipe";
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
  const queries = useQueryClient();
  const configure = useMutation({
    mutationFn: () =>
      act("post", "/api/v1/deployments/{deployment_id}/endpoints/{endpoint_id}/actions/configure-monitoring", {
        path: { deployment_id, endpoint_id },
        body: buildWishes(plan, draft),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["monitoring"] });
      setParameters({ endpoint: endpoint_id }, { replace: true, preventScrollReset: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    configure.mutate();
  };
  const change = (changes: Partial<Draft>) => setDraft((now) => ({ ...now, ...changes }));
  return (
    <form onSubmit={submit} aria-label={`What Configure makes for ${deployment_id}`}>
      <Stack gap="md" maw={860}>
        <Text size="sm">
          {plan.recipe.exists ? "One click makes what is missing. " : "One click makes all of this. "}
          It reads <b>{plan.dataset.path}</b> and compares it with the recipe&apos;s reference. Change what you like, or nothing.
        </Text>
        <NameFields plan={plan} draft={draft} onChange={change} />
        <RecipeFields plan={plan} monitoring={monitoring} draft={draft} onChange={change} />
        <ScheduleFields plan={plan} draft={draft} onChange={change} />
        <CheckFields draft={draft} onChange={change} />
        <AlertFields plan={plan} draft={draft} onChange={change} />
        {configure.isError && <Refusal what="Nothing was made" error={configure.error} />}
        <Group gap="sm">
          <Button type="submit" loading={configure.isPending}>
            Make it
          </Button>
          <Button component={Link} variant="default" to={`?${new URLSearchParams({ endpoint: endpoint_id })}`} preventScrollReset>
            Not now
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
