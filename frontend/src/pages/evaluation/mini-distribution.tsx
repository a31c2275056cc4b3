// Both sides of a column in the height of a line: the reference as ground, the window over it.
import type { Distribution } from "../../api/model";
import { type Bar, listBars } from "./distribution";
import classes from "./distribution.module.css";

const WIDTH = 120;
const HEIGHT = 28;

export function MiniDistribution({ distribution }: { distribution: Distribution }) {
  const all = listBars(distribution);
  // The rest of many levels would dwarf each of them.
  const bars = distribution.role === "categorical" ? all.slice(0, distribution.levels.length) : all;
  const tallest = Math.max(...bars.flatMap((bar) => [bar.referenceHeight, bar.currentHeight]), 1e-12);
  const even = distribution.role === "categorical" || distribution.single;
  const places = even ? bars.map((bar, index) => ({ ...bar, lower: index, upper: index + 1 })) : bars;
  return (
    <svg className={classes.mini} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path className={classes.reference} d={draw(places, (bar) => bar.referenceHeight / tallest)} />
      {distribution.current && <path className={classes.current} d={draw(places, (bar) => bar.currentHeight / tallest)} />}
    </svg>
  );
}

function draw(bars: readonly Bar[], height: (bar: Bar) => number): string {
  const [first, last] = [bars[0]?.lower ?? 0, bars.at(-1)?.upper ?? 1];
  const across = (value: number) => ((WIDTH * (value - first)) / (last - first || 1)).toFixed(1);
  const steps = bars.map((bar) => `V${(HEIGHT * (1 - height(bar))).toFixed(1)}H${across(bar.upper)}`);
  return `M0 ${HEIGHT}${steps.join("")}V${HEIGHT}Z`;
}
