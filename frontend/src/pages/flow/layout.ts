// Where each item of a Flow stands: a graph of its own in each zone, the zones stacked. Pure: the flow in, boxes out.
import { Graph, layout } from "@dagrejs/dagre";
import type { Flow, FlowItem, FlowZone } from "../../api/flow-queries";

export const ITEM = { width: 248, height: 64 };
export const TITLE_HEIGHT = 44;
/** Between two zones, where an edge from one to the other turns. */
export const GAP = 44;
const PADDING = 20;
export const RANK_GAP = 56;
const ITEM_GAP = 20;
const EMPTY_HEIGHT = 56;
const ZONE_WIDTH_MIN = ITEM.width + 2 * PADDING;

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedItem extends Box {
  key: string;
  item: FlowItem;
}

export interface PlacedZone extends Box {
  zone: FlowZone;
  items: PlacedItem[];
}

export interface Plan {
  zones: PlacedZone[];
  width: number;
  height: number;
  /** Items stand below each other, as where there is no width for more. */
  upright: boolean;
}

export function planFlow(flow: Flow, upright: boolean): Plan {
  const zones: PlacedZone[] = [];
  let bottom = 0;
  for (const zone of flow.zones.filter(isShown)) {
    const placed = placeZone(zone, flow, upright, bottom);
    zones.push(placed);
    bottom += placed.height + GAP;
  }
  const width = Math.max(ZONE_WIDTH_MIN, ...zones.map((zone) => zone.width));
  return { zones, width, height: Math.max(0, bottom - GAP), upright };
}

export function makeKey({ kind, name }: { kind: string; name: string }): string {
  return `${kind}:${name}`;
}

/** Zones go by id: a name may be changed. */
export function makeZoneKey(id: string): string {
  return `zone:${id}`;
}

/** The default zone is shown only where something stands in it. */
function isShown(zone: FlowZone): boolean {
  return zone.id !== null || zone.items.length > 0;
}

function placeZone(zone: FlowZone, flow: Flow, upright: boolean, top: number): PlacedZone {
  if (zone.items.length === 0) {
    return { zone, items: [], x: 0, y: top, width: ZONE_WIDTH_MIN, height: TITLE_HEIGHT + EMPTY_HEIGHT };
  }
  const graph = new Graph();
  graph.setGraph({ rankdir: upright ? "TB" : "LR", ranksep: upright ? 36 : RANK_GAP, nodesep: ITEM_GAP, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const item of zone.items) graph.setNode(makeKey(item), { ...ITEM });
  for (const { source, target } of flow.edges) {
    const [from, to] = [makeKey(source), makeKey(target)];
    if (graph.hasNode(from) && graph.hasNode(to)) graph.setEdge(from, to);
  }
  layout(graph);
  const items = zone.items.map((item) => {
    const { x, y } = graph.node(makeKey(item)) as { x: number; y: number };
    return {
      item,
      key: makeKey(item),
      x: PADDING + x - ITEM.width / 2,
      y: top + TITLE_HEIGHT + y - ITEM.height / 2,
      ...ITEM,
    };
  });
  const right = Math.max(...items.map((item) => item.x + item.width));
  const bottom = Math.max(...items.map((item) => item.y + item.height));
  return { zone, items, x: 0, y: top, width: right + PADDING, height: bottom - top + PADDING };
}

export interface Turn {
  /** The height of the gap in which an edge to another zone runs. */
  gap: number;
}

/** Null for an edge within a zone; else the gap right above or below the zone of its source. */
export function findTurn(plan: Plan, source: string, target: string): Turn | null {
  const from = plan.zones.find((zone) => zone.items.some((item) => item.key === source));
  const to = plan.zones.find((zone) => zone.items.some((item) => item.key === target));
  if (!from || !to || from === to) return null;
  return { gap: to.y > from.y ? to.y - GAP / 2 : to.y + to.height + GAP / 2 };
}
