// The plan as it stands in the form, and what of it is asked for.
import type { RecipeSettings } from "../../api/flow-queries";
import type { Plan, Wishes } from "../../api/model";

export const BOUNDS = ["error_min", "warning_min", "warning_max", "error_max"] as const;
export type Bound = (typeof BOUNDS)[number];
export type PlannedCheck = Plan["checks"][number];

export interface Draft {
  zone: string;
  dataset: string;
  recipe: string;
  store: string;
  settings: RecipeSettings;
  scheduled: boolean;
  cron: string;
  timeZone: string;
  windowRule: string;
  checks: readonly { check: PlannedCheck; wanted: boolean }[];
  alert: "none" | "webhook" | "mail";
  url: string;
  secret: string;
  host: string;
  port: number;
  sender: string;
  recipients: string;
}

const SCHEDULE = { cron: "30 2 * * *", time_zone: "UTC", window_rule: "last-closed-day" };
const MAIL_PORT = 587;

export function startDraft(plan: Plan): Draft {
  const schedule = plan.schedule ?? SCHEDULE;
  return {
    zone: plan.zone.name,
    dataset: plan.dataset.name,
    recipe: plan.recipe.name,
    store: plan.store.name,
    settings: plan.recipe.settings,
    scheduled: plan.schedule !== null,
    cron: schedule.cron,
    timeZone: schedule.time_zone,
    windowRule: schedule.window_rule,
    checks: plan.checks.map((check) => ({ check, wanted: true })),
    alert: "none",
    url: "",
    secret: "",
    host: "",
    port: MAIL_PORT,
    sender: "",
    recipients: "",
  };
}

export function buildWishes(plan: Plan, draft: Draft): Wishes {
  return {
    ...(!plan.zone.exists && { zone: draft.zone }),
    ...(!plan.dataset.exists && { dataset: draft.dataset }),
    ...(!plan.store.exists && { store: draft.store }),
    recipe: {
      ...(!plan.recipe.exists && { name: draft.recipe }),
      settings: nameReference(draft),
    },
    schedule: draft.scheduled ? { cron: draft.cron, time_zone: draft.timeZone, window_rule: draft.windowRule } : null,
    checks: draft.checks
      .filter(({ wanted }) => wanted)
      .map(({ check: { exists: _exists, rule: _rule, ...check } }) => check),
    ...(draft.alert !== "none" && { alert: { name: pickName(plan.alerts), target: buildTarget(draft) } }),
    ground_truth_key: plan.ground_truth_key,
  };
}

/** A reference of the log is of the dataset under the name that it gets. */
function nameReference({ settings, dataset }: Draft): RecipeSettings {
  return settings.reference ? { ...settings, reference: { ...settings.reference, dataset } } : settings;
}

/** An alert of a name that is there already would be that one. */
function pickName(alerts: Plan["alerts"]): string {
  const taken = new Set(alerts.map(({ name }) => name));
  let name = "Alert";
  for (let number = 2; taken.has(name); number += 1) name = `Alert ${number}`;
  return name;
}

function buildTarget(draft: Draft) {
  if (draft.alert === "mail") {
    const recipients = draft.recipients.split(/[\s,;]+/).filter(Boolean);
    return { kind: "mail" as const, host: draft.host, port: draft.port, security: "starttls" as const, sender: draft.sender, recipients };
  }
  return { kind: "webhook" as const, url: draft.url, ...(draft.secret && { secret: draft.secret }) };
}
