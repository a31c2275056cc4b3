// The head of a column: a link that sorts by it, its type, and what its values are like in a few bars.
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import { Link } from "react-router";
import type { Column, ColumnStatistics } from "../../api/rows";
import { formatCount, formatShare } from "../../parts/readings";
import { useChoice } from "./choice";
import classes from "./row-table.module.css";

const WIDTH = 100;
const HEIGHT = 22;
const DIGITS = 4;
/** Levels that are all rare, such as ids, say nothing in bars. */
const LEVEL_SHARE_MIN = 0.01;
const LEVELS_MIN = 6;

interface Props {
  column: Column;
  statistics: ColumnStatistics | undefined;
  sampled: number;
}

export function ColumnHead({ column, statistics, sampled }: Props) {
  const { choice, link } = useChoice();
  const sorted = choice.sort === column.name;
  const next = !sorted ? { sort: column.name, descending: false } : choice.descending ? { sort: null } : { sort: column.name, descending: true };
  const Sign = choice.descending ? IconArrowDown : IconArrowUp;
  const words = !sorted ? "sort ascending" : choice.descending ? "back to the order of the log" : "sort descending";
  return (
    <>
      <Link to={link(next)} preventScrollReset className={classes.sort} title={[`${column.name}: ${words}`, ...(statistics ? [describe(statistics, sampled)] : [])].join("\n")}>
        <span className={classes.title}>{column.name}</span>
        {sorted ? <Sign size={13} stroke={2.5} aria-hidden /> : <IconArrowsSort size={13} className={classes.sortable} aria-hidden />}
      </Link>
      <span className={classes.type}>{column.type}</span>
      <Bars statistics={statistics} sampled={sampled} />
    </>
  );
}

function Bars({ statistics, sampled }: { statistics: ColumnStatistics | undefined; sampled: number }) {
  if (!statistics) return <svg className={classes.bars} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  const ofNumbers = statistics.edges.length > 0;
  const levels = statistics.levels.map((level) => level.count);
  const high = Math.max(1, ...(ofNumbers ? statistics.counts : levels));
  const counts = ofNumbers ? statistics.counts : high / sampled < LEVEL_SHARE_MIN ? [] : levels;
  const step = WIDTH / Math.max(counts.length, ofNumbers ? 1 : LEVELS_MIN);
  const words = describe(statistics, sampled);
  return (
    <svg className={classes.bars} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={words}>
      <title>{words}</title>
      {counts.length > 0 && <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--wakeline-line)" />}
      {counts.map((count, index) => {
        const height = count === 0 ? 0 : Math.max(1, (count / high) * (HEIGHT - 1));
        return <rect key={index} x={index * step} y={HEIGHT - height} width={Math.max(step - 1, 0.8)} height={height} fill="var(--wakeline-bar)" />;
      })}
    </svg>
  );
}

function describe({ minimum, maximum, mean, levels, distinct_count: distinct, null_count: missing }: ColumnStatistics, sampled: number): string {
  const parts: string[] = [];
  if (minimum !== null && maximum !== null) parts.push(`${show(minimum)} to ${show(maximum)}`);
  if (mean !== null) parts.push(`mean ${show(mean)}`);
  if (levels.length > 0) parts.push(levels.slice(0, 5).map(({ value, count }) => `${value} ${formatShare(count / sampled)}`).join(", "));
  parts.push(`${formatCount(distinct)} distinct`);
  if (missing > 0) parts.push(`${formatShare(missing / sampled)} missing`);
  return `${parts.join("; ")} (of ${formatCount(sampled)} rows)`;
}

function show(value: number | string): string {
  return typeof value === "number" ? String(Number(value.toPrecision(DIGITS))) : value.replace("T", " ").replace("Z", "");
}
