// Every address of the browser's side, literally. A page is loaded when it is first asked for.
import { createBrowserRouter, type RouteObject } from "react-router";
import { Shell } from "./shell";
import { Crash } from "../pages/missing/crash";
import { MissingPage } from "../pages/missing/page";
import { projectPages } from "../pages/project-pages";

const pages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import("../pages/home/page")).HomePage }) },
  {
    path: "evaluations",
    lazy: async () => ({ Component: (await import("../pages/evaluations/page")).EvaluationsPage }),
  },
  {
    path: "deployments/:deployment",
    lazy: async () => ({ Component: (await import("../pages/deployment/page")).DeploymentPage }),
  },
  {
    path: "services/:project/:service",
    lazy: async () => ({ Component: (await import("../pages/service/page")).ServicePage }),
  },
  {
    path: "administration",
    lazy: async () => ({ Component: (await import("../pages/administration/page")).AdministrationPage }),
  },
  ...projectPages,
  { path: "*", element: <MissingPage /> },
];

/** The base path is that of <base href>, so that a server behind a URL prefix needs no other build. */
export function createRouter() {
  const basename = new URL(document.baseURI).pathname.replace(/\/$/, "") || "/";
  return createBrowserRouter(
    [{ element: <Shell />, errorElement: <Crash />, HydrateFallback: () => null, children: pages }],
    { basename },
  );
}
