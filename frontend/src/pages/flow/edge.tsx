// An edge of the Flow. One that leads to another zone runs in the gap between the zones, so it crosses no title.
import { BaseEdge, type Edge, type EdgeProps, getBezierPath, MarkerType } from "@xyflow/react";
import { RANK_GAP, type Turn } from "./layout";

export type FlowEdge = Edge<{ turn: Turn | null; upright: boolean }, "flow">;

/** Half way between two ranks, so that an edge to the next rank of another zone goes straight down. */
const STUB = RANK_GAP / 2;
const RADIUS = 10;
const LANE = 10;

export const MARKER = { type: MarkerType.ArrowClosed, width: 16, height: 16, color: "var(--wakeline-edge)" } as const;

export function FlowEdgeLine({ data, markerEnd, ...ends }: EdgeProps<FlowEdge>) {
  const turn = data?.turn ?? null;
  const path = turn === null ? getBezierPath(ends)[0] : data?.upright ? drawLane(ends, turn) : drawTurn(ends, turn);
  return <BaseEdge path={path} {...(markerEnd ? { markerEnd } : {})} />;
}

type Ends = Pick<EdgeProps, "sourceX" | "sourceY" | "targetX" | "targetY">;

function drawTurn({ sourceX, sourceY, targetX, targetY }: Ends, { gap }: Turn): string {
  const out = sourceX + STUB;
  const back = targetX - STUB;
  const points: [number, number][] = [
    [sourceX, sourceY],
    [out, sourceY],
    [out, gap],
    [back, gap],
    [back, targetY],
    [targetX, targetY],
  ];
  return roundCorners(points);
}

/** Where items stand below each other: along the left side, past the items before the target. */
function drawLane({ sourceX, sourceY, targetX, targetY }: Ends, { gap }: Turn): string {
  return roundCorners([
    [sourceX, sourceY],
    [sourceX, gap],
    [LANE, gap],
    [LANE, targetY - STUB],
    [targetX - STUB, targetY - STUB],
    [targetX - STUB, targetY],
  ]);
}

function roundCorners(points: readonly [number, number][]): string {
  const parts = points.map(([x, y], index) => {
    const before = points[index - 1];
    const after = points[index + 1];
    if (!before) return `M ${x} ${y}`;
    if (!after) return `L ${x} ${y}`;
    const [ax, ay] = moveTowards([x, y], before);
    const [bx, by] = moveTowards([x, y], after);
    return `L ${ax} ${ay} Q ${x} ${y} ${bx} ${by}`;
  });
  return parts.join(" ");
}

function moveTowards([x, y]: [number, number], [toX, toY]: [number, number]): [number, number] {
  const length = Math.hypot(toX - x, toY - y) || 1;
  const share = Math.min(RADIUS, length / 2) / length;
  return [x + (toX - x) * share, y + (toY - y) * share];
}
