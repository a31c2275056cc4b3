// The pages of a project's Flow and of what stands in it, by address (see parts/addresses.ts).
import type { RouteObject } from "react-router";

export const projectPages: RouteObject[] = [];
