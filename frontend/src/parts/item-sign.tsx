// The sign of each kind of item of a Flow, and its word.
import { IconBox, IconChartLine, IconPlayerPlay, IconTable } from "@tabler/icons-react";

const signs = { dataset: IconTable, recipe: IconPlayerPlay, model: IconBox, store: IconChartLine };

export const ITEM_WORDS: Record<string, string> = {
  dataset: "Dataset",
  recipe: "Evaluate recipe",
  model: "Saved model",
  store: "Store",
};

export function ItemSign({ kind, size = 18 }: { kind: string; size?: number }) {
  const Sign = signs[kind as keyof typeof signs] ?? IconBox;
  return <Sign size={size} stroke={1.75} aria-hidden />;
}
