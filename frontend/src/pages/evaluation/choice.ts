// What the address chooses on an evaluation's page: revision, feature, search, order.
import { useSearchParams } from "react-router";

export const ORDERS = [
  { value: "weighted", label: "Drift × importance" },
  { value: "drift", label: "Drift" },
  { value: "importance", label: "Importance" },
  { value: "name", label: "Name" },
] as const;

export type Order = (typeof ORDERS)[number]["value"];

export interface Choice {
  revision: number | null;
  feature: string | null;
  search: string;
  order: Order;
}

export function useChoice() {
  const [parameters, setParameters] = useSearchParams();
  const revision = Number(parameters.get("revision"));
  const order = parameters.get("order");
  const choice: Choice = {
    revision: Number.isInteger(revision) && revision > 0 ? revision : null,
    feature: parameters.get("feature"),
    search: parameters.get("search") ?? "",
    order: ORDERS.find((one) => one.value === order)?.value ?? "weighted",
  };
  return {
    choice,
    link: (change: Partial<Choice>) => `?${encode({ ...choice, ...change })}`,
    change: (change: Partial<Choice>) => setParameters(encode({ ...choice, ...change }), { replace: true, preventScrollReset: true }),
  };
}

function encode({ revision, feature, search, order }: Choice): URLSearchParams {
  const parameters = new URLSearchParams();
  if (revision !== null) parameters.set("revision", String(revision));
  if (feature !== null) parameters.set("feature", feature);
  if (search !== "") parameters.set("search", search);
  if (order !== "weighted") parameters.set("order", order);
  return parameters;
}
