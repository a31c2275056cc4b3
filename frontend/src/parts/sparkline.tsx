// A series small enough for a line of text: bars for counts, a line for readings. An image with its text.
const WIDTH = 160;
const HEIGHT = 36;
const PADDING = 3;
/** So that a single day is a bar and no block; the latest stands at the right end. */
const SLOTS_MIN = 14;

interface Props {
  values: readonly (number | null)[];
  label: string;
  /** Upper end of the scale; the largest value where it is not given. */
  top?: number;
}

export function BarSparkline({ values, label, top }: Props) {
  const high = top ?? findTop(values);
  const step = WIDTH / Math.max(values.length, SLOTS_MIN);
  const start = WIDTH - step * values.length;
  return (
    <Frame label={label}>
      {values.map((value, index) => {
        const height = value === null || value === 0 ? 0 : Math.max(1, (value / high) * (HEIGHT - PADDING));
        return (
          <rect
            key={index}
            x={start + index * step}
            y={HEIGHT - height}
            width={Math.max(step - (step > 3 ? 1 : 0), 0.5)}
            height={height}
            fill="var(--wakeline-bar)"
          />
        );
      })}
    </Frame>
  );
}

export function LineSparkline({ values, label, top }: Props) {
  const high = top ?? findTop(values);
  const span = Math.max(values.length - 1, 1);
  const points = values.flatMap((value, index) =>
    value === null
      ? []
      : [{ x: PADDING + (index / span) * (WIDTH - 2 * PADDING), y: HEIGHT - PADDING - (value / high) * (HEIGHT - 2 * PADDING) }],
  );
  const last = points.at(-1);
  return (
    <Frame label={label}>
      <polyline
        points={points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ")}
        fill="none"
        stroke="var(--wakeline-bar-drifted)"
        strokeWidth="2"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
      {last && <circle cx={last.x} cy={last.y} r="3" fill="var(--wakeline-bar-drifted)" />}
    </Frame>
  );
}

function Frame({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      style={{ display: "block", maxWidth: "100%" }}
      role="img"
      aria-label={label}
    >
      <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--wakeline-line)" />
      {children}
    </svg>
  );
}

function findTop(values: readonly (number | null)[]): number {
  return Math.max(...values.map((value) => value ?? 0), 0) || 1;
}
