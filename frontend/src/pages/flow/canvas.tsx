// The graph: zones as boxes, items as links, edges as arrows. Keyboard and deep links work since items are links.
import "@xyflow/react/dist/base.css";
import { Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { Controls, Handle, type Node, type NodeProps, Position, ReactFlow, useReactFlow, ReactFlowProvider } from "@xyflow/react";
import { useEffect, useMemo } from "react";
import { Link } from "react-router";
import type { Flow } from "../../api/flow-queries";
import { ITEM_WORDS, ItemSign } from "../../parts/item-sign";
import { StatusBadge } from "../../parts/status-badge";
import classes from "./canvas.module.css";
import { useChoice } from "./choice";
import { FlowEdgeLine, type FlowEdge, MARKER } from "./edge";
import { findTurn, ITEM, makeKey, makeZoneKey, type PlacedItem, type PlacedZone, type Plan, planFlow, TITLE_HEIGHT } from "./layout";

type ItemNode = Node<{ placed: PlacedItem; chosen: boolean; running: boolean; upright: boolean }, "item">;
type ZoneNode = Node<{ placed: PlacedZone }, "zone">;
type TitleNode = Node<{ placed: PlacedZone }, "title">;
type AnyNode = ItemNode | ZoneNode | TitleNode;

const UPRIGHT_BELOW = 620;
/** No further than the first rank, so that no edge from another zone crosses the title. */
const TITLE_WIDTH = ITEM.width + 24;
const MARGIN = 12;
/** For the buttons below the graph. */
const FOOT = 34;
const nodeTypes = { item: ItemCard, zone: ZoneBox, title: ZoneTitle };
const edgeTypes = { flow: FlowEdgeLine };

interface Props {
  flow: Flow;
  /** Recipes that are running, by name. */
  running: ReadonlySet<string>;
}

export function FlowCanvas({ flow, running }: Props) {
  const { ref, width } = useElementSize();
  const { choice } = useChoice();
  const upright = width < UPRIGHT_BELOW;
  const plan = useMemo(() => planFlow(flow, upright), [flow, upright]);
  const zoom = width === 0 ? 1 : Math.min(1, (width - 2 * MARGIN) / plan.width);
  const height = Math.ceil(plan.height * zoom) + 2 * MARGIN + FOOT;
  const room = Math.max(plan.width, Math.floor((width - 2 * MARGIN) / zoom));
  const nodes = useMemo(() => buildNodes(plan, room, choice.item, running), [plan, room, choice.item, running]);
  const edges = useMemo(() => buildEdges(plan, flow), [plan, flow]);
  return (
    <section className={`card ${classes.canvas}`} aria-label={`Flow of ${flow.project}`} ref={ref} style={{ height }}>
      {width > 0 && (
        <ReactFlowProvider>
          <ReactFlow<AnyNode, FlowEdge>
            nodes={nodes}
            edges={edges}
            nodeTypes={nodeTypes}
            edgeTypes={edgeTypes}
            nodesFocusable={false}
            edgesFocusable={false}
            nodesDraggable={false}
            nodesConnectable={false}
            elementsSelectable={false}
            zoomOnScroll={false}
            zoomOnDoubleClick={false}
            preventScrolling={false}
            panOnDrag
            disableKeyboardA11y
            minZoom={0.4}
            maxZoom={1.5}
          >
            <Controls showInteractive={false} position="bottom-right" aria-label="Size of the graph" />
            <Fit zoom={zoom} shape={`${plan.width} ${plan.height} ${width}`} />
          </ReactFlow>
        </ReactFlowProvider>
      )}
    </section>
  );
}

/** Puts the graph's corner into the box's corner whenever either has changed its shape. */
function Fit({ zoom, shape }: { zoom: number; shape: string }) {
  const { setViewport } = useReactFlow();
  useEffect(() => {
    void setViewport({ x: MARGIN, y: MARGIN, zoom });
  }, [setViewport, zoom, shape]);
  return null;
}

/** Zones are as wide as there is `room`. */
function buildNodes(plan: Plan, room: number, chosen: string | null, running: ReadonlySet<string>): AnyNode[] {
  return plan.zones.flatMap((zone): AnyNode[] => {
    const id = zone.zone.id ?? "default";
    const { x, y, height } = zone;
    const width = room;
    const box: ZoneNode = { id: `zone ${id}`, type: "zone", position: { x, y }, width, height, zIndex: 0, data: { placed: zone } };
    const title: TitleNode = {
      id: `title ${id}`,
      type: "title",
      position: { x, y },
      width: plan.upright ? width : TITLE_WIDTH,
      height: TITLE_HEIGHT,
      zIndex: 3,
      data: { placed: zone },
    };
    const items = zone.items.map(
      (placed): ItemNode => ({
        id: placed.key,
        type: "item",
        position: { x: placed.x, y: placed.y },
        width: placed.width,
        height: placed.height,
        zIndex: 2,
        data: {
          placed,
          chosen: placed.key === chosen,
          running: placed.item.kind === "recipe" && running.has(placed.item.name),
          upright: plan.upright,
        },
      }),
    );
    return [box, title, ...items];
  });
}

function buildEdges(plan: Plan, flow: Flow): FlowEdge[] {
  return flow.edges.map(({ source, target }) => {
    const [from, to] = [makeKey(source), makeKey(target)];
    const data = { turn: findTurn(plan, from, to), upright: plan.upright };
    return { id: `${from} ${to}`, type: "flow", source: from, target: to, zIndex: 1, markerEnd: MARKER, data };
  });
}

function ItemCard({ data: { placed, chosen, running, upright } }: NodeProps<ItemNode>) {
  const { link } = useChoice();
  const { item, key } = placed;
  return (
    <>
      <Handle type="target" position={upright ? Position.Top : Position.Left} isConnectable={false} className={classes.handle} />
      <Link
        to={link({ item: key })}
        className={`${classes.item} nopan`}
        data-kind={item.kind}
        data-chosen={chosen || undefined}
        aria-current={chosen ? "true" : undefined}
        title={item.name}
      >
        <span className={classes.sign}>
          <ItemSign kind={item.kind} />
        </span>
        <span className={classes.words}>
          <span className={classes.name}>{item.name}</span>
          <span className={classes.kind}>
            {ITEM_WORDS[item.kind] ?? item.kind}
            {running && <strong> · running</strong>}
            {item.status && <StatusBadge status={item.status} size="sm" />}
          </span>
        </span>
      </Link>
      <Handle type="source" position={upright ? Position.Bottom : Position.Right} isConnectable={false} className={classes.handle} />
    </>
  );
}

function ZoneBox({ data: { placed } }: NodeProps<ZoneNode>) {
  return (
    <div className={classes.zone}>
      {placed.items.length === 0 && (
        <Text size="sm" c="dimmed" className={classes.empty}>
          Nothing stands in this zone yet.
        </Text>
      )}
    </div>
  );
}

function ZoneTitle({ data: { placed } }: NodeProps<TitleNode>) {
  const { link } = useChoice();
  const { id, name } = placed.zone;
  return (
    <h2 className={classes.title} title={name}>
      {id === null ? (
        <span>Default zone</span>
      ) : (
        <Link to={link({ item: makeZoneKey(id) })} className="nopan">
          {name}
        </Link>
      )}
    </h2>
  );
}
