// The pages of a project's Flow and of what stands in it, by address (see parts/flow-addresses.ts).
import type { RouteObject } from "react-router";

const showFlow = async () => ({ Component: (await import("./flow/page")).FlowPage });

export const projectPages: RouteObject[] = [
  { path: "flow", lazy: showFlow },
  { path: "projects/:project/flow", lazy: showFlow },
  {
    path: "projects/:project/datasets/:name",
    lazy: async () => ({ Component: (await import("./dataset/page")).DatasetPage }),
  },
  {
    path: "projects/:project/recipes/:name",
    lazy: async () => ({ Component: (await import("./recipe/page")).RecipePage }),
  },
  {
    path: "projects/:project/stores/:name",
    lazy: async () => ({ Component: (await import("./store/page")).StorePage }),
  },
  {
    path: "evaluations/:evaluation",
    lazy: async () => ({ Component: (await import("./evaluation/page")).EvaluationPage }),
  },
];
