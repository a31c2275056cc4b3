// Where evaluations go, and whether performance is part of them.
import { Anchor, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import { storeAddress } from "../../parts/flow-addresses";
import { TrinaryField } from "../../parts/setting-fields";
import type { PartProps } from "./settings-form";

export function OutputPart({ recipe, settings, set }: PartProps) {
  return (
    <>
      <Title order={2}>Output</Title>
      <Text size="sm">
        Evaluations go to the store{" "}
        <Anchor component={Link} to={storeAddress(recipe.project, recipe.store)} size="sm" td="underline">
          {recipe.store}
        </Anchor>
        , one for each window, where its checks judge them.
      </Text>
      <TrinaryField
        label="Skip performance metrics"
        description="They need labels. Detected: skipped while the window has no ground truth."
        auto="Detected"
        value={settings.skip_performance}
        onChange={(value) => set({ skip_performance: value })}
      />
    </>
  );
}
