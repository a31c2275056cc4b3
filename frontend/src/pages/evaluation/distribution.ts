// What the two sides of a column look like, as numbers for drawing and as words. Pure.
import type { Distribution, LevelDistribution, NumericalDistribution } from "../../api/model";
import { formatFineShare, formatMeasured } from "../../parts/readings";

export const QUANTILES = ["1 %", "5 %", "25 %", "Median", "75 %", "95 %", "99 %"] as const;
const MEDIAN = 3;
const LOW = 1;
const HIGH = 5;

/** A bin or a level: its share of the rows of each side, and how tall it is drawn. */
export interface Bar {
  name: string;
  lower: number;
  upper: number;
  reference: number;
  current: number | null;
  referenceHeight: number;
  currentHeight: number;
}

/** Bins of unlike widths are drawn by density, so that area is share. */
export function listBins({ edges, single, reference, current }: NumericalDistribution): Bar[] {
  const all = total(reference.counts, reference.below, reference.above);
  const now = current ? total(current.counts, current.below, current.above) : 0;
  return reference.counts.map((count, index) => {
    const [lower = 0, upper = 0] = edges.slice(index, index + 2);
    const width = single ? 1 : upper - lower;
    const before = all === 0 ? 0 : count / all;
    const after = current ? (now === 0 ? 0 : (current.counts[index] ?? 0) / now) : null;
    return {
      name: single ? formatMeasured(upper) : `${formatMeasured(lower)} to ${formatMeasured(upper)}`,
      lower,
      upper,
      reference: before,
      current: after,
      referenceHeight: before / width,
      currentHeight: (after ?? 0) / width,
    };
  });
}

/** The named levels, and the rest as one more. */
export function listLevels({ levels, rest_levels: others, reference, current }: LevelDistribution): Bar[] {
  const all = total(reference.counts, reference.rest, 0);
  const now = current ? total(current.counts, current.rest, 0) : 0;
  const build = (name: string, place: number, count: number, counted: number | null): Bar => {
    const before = all === 0 ? 0 : count / all;
    const after = counted === null ? null : now === 0 ? 0 : counted / now;
    return { name, lower: place, upper: place + 1, reference: before, current: after, referenceHeight: before, currentHeight: after ?? 0 };
  };
  const bars = levels.map((name, place) => build(name, place, reference.counts[place] ?? 0, current ? (current.counts[place] ?? 0) : null));
  if (reference.rest + (current?.rest ?? 0) === 0) return bars;
  const name = others == null ? "all others" : `${others} ${others === 1 ? "other" : "others"}`;
  return [...bars, build(name, levels.length, reference.rest, current?.rest ?? null)];
}

export function listBars(distribution: Distribution): Bar[] {
  return distribution.role === "numerical" ? listBins(distribution) : listLevels(distribution);
}

/** For those who do not see the chart. */
export function describeDistribution(distribution: Distribution): string {
  const { column } = distribution;
  if (distribution.role === "categorical") {
    const bars = listLevels(distribution).map(
      ({ name, reference, current }) => `${name} ${formatFineShare(reference)}${current === null ? "" : `, now ${formatFineShare(current)}`}`,
    );
    return `Levels of ${column}, reference and now: ${bars.join("; ") || "none"}`;
  }
  const before = describeSpread(distribution.reference.quantiles);
  const after = distribution.current ? describeSpread(distribution.current.quantiles) : (distribution.not_computed ?? "nothing");
  return `Distribution of ${column}. Reference: ${before}. Now: ${after}.`;
}

function describeSpread(quantiles: readonly number[] | null): string {
  if (quantiles === null) return "no values";
  const [median, low, high] = [MEDIAN, LOW, HIGH].map((place) => formatMeasured(quantiles[place] ?? 0));
  return `median ${median}, nine of ten from ${low} to ${high}`;
}

/** What no bar shows, as sentences. */
export function listNotes(distribution: Distribution): string[] {
  return distribution.role === "numerical" ? noteEnds(distribution) : noteLevels(distribution);
}

function noteEnds({ edges, reference, current }: NumericalDistribution): string[] {
  const ends = [
    { words: "at or below", edge: edges[0], before: reference.below, after: current?.below ?? 0 },
    { words: "above", edge: edges.at(-1), before: reference.above, after: current?.above ?? 0 },
  ];
  const all = total(reference.counts, reference.below, reference.above);
  const now = current ? total(current.counts, current.below, current.above) : 0;
  return ends.flatMap(({ words, edge, before, after }) => {
    if (before + after === 0 || edge === undefined) return [];
    const share = (count: number, of: number) => formatFineShare(of === 0 ? 0 : count / of);
    return [`Not drawn: ${share(before, all)} of the reference and ${share(after, now)} of now lie ${words} ${formatMeasured(edge)}.`];
  });
}

function noteLevels({ levels, unseen, vanished, reference, current }: LevelDistribution): string[] {
  const notes: string[] = [];
  const now = current ? total(current.counts, current.rest, 0) : 0;
  const all = total(reference.counts, reference.rest, 0);
  const added = levels.filter((_, place) => reference.counts[place] === 0 && (current?.counts[place] ?? 0) > 0);
  const named = added.length > 0 ? ` (${added.join(", ")})` : "";
  if (unseen && unseen.levels > 0) notes.push(`${countLevels(unseen.levels)} the reference does not have${named}: ${formatFineShare(unseen.rows / now)} of now.`);
  if (vanished && vanished.levels > 0) notes.push(`${countLevels(vanished.levels)} of the reference did not come: ${formatFineShare(vanished.rows / all)} of it.`);
  return notes;
}

function countLevels(count: number): string {
  return count === 1 ? "1 level" : `${count} levels`;
}

export function getMissingShare(side: { counts: readonly number[]; missing: number; below?: number; above?: number; rest?: number }): number {
  const rows = total(side.counts, side.below ?? 0, side.above ?? 0) + (side.rest ?? 0) + side.missing;
  return rows === 0 ? 0 : side.missing / rows;
}

function total(counts: readonly number[], ...more: number[]): number {
  return [...counts, ...more].reduce((sum, count) => sum + count, 0);
}
