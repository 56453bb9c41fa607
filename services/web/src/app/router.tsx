/** Every address of the application. Screens are loaded when they are first opened. */

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { Crashed, NotFound } from "@/app/ErrorPages";
import { Frame } from "@/app/Frame";
import { readEditorSearch } from "@/editor/search";
import { readFilesSearch } from "@/features/files/search";
import { readOperationSearch, readOperationsSearch } from "@/features/operations/search";
import { readRunSearch, readRunsSearch } from "@/features/runs/search";

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound, errorComponent: Crashed });
const under = () => root;

const home = createRoute({
  getParentRoute: under,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/runs", replace: true });
  },
});
const runs = createRoute({
  getParentRoute: under,
  path: "/runs",
  validateSearch: readRunsSearch,
  component: lazyRouteComponent(() => import("@/features/runs/RunsPage"), "RunsPage"),
});
const run = createRoute({
  getParentRoute: under,
  path: "/runs/$run",
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => import("@/features/runs/RunPage"), "RunPage"),
});
const graphs = createRoute({
  getParentRoute: under,
  path: "/graphs",
  component: lazyRouteComponent(() => import("@/features/graphs/GraphsPage"), "GraphsPage"),
});
const graph = createRoute({
  getParentRoute: under,
  path: "/graphs/$graph",
  validateSearch: readEditorSearch,
  component: lazyRouteComponent(() => import("@/editor/EditorPage"), "EditorPage"),
});
/** With its slash an index, which stands before the operation without a name. */
const operations = createRoute({
  getParentRoute: under,
  path: "/operations/",
  validateSearch: readOperationsSearch,
  component: lazyRouteComponent(() => import("@/features/operations/OperationsPage"), "OperationsPage"),
});
/** `$` is `team/name@version`, or `new`. */
const operation = createRoute({
  getParentRoute: under,
  path: "/operations/$",
  validateSearch: readOperationSearch,
  component: lazyRouteComponent(() => import("@/features/operations/OperationPage"), "OperationPage"),
});
const files = createRoute({
  getParentRoute: under,
  path: "/files",
  validateSearch: readFilesSearch,
  component: lazyRouteComponent(() => import("@/features/files/FilesPage"), "FilesPage"),
});
const artifact = createRoute({
  getParentRoute: under,
  path: "/artifacts/$digest",
  component: lazyRouteComponent(() => import("@/features/files/ArtifactPage"), "ArtifactPage"),
});
const pools = createRoute({
  getParentRoute: under,
  path: "/pools",
  component: lazyRouteComponent(() => import("@/features/pools/PoolsPage"), "PoolsPage"),
});

const screens = [home, runs, run, graphs, graph, operations, operation, files, artifact, pools];

export const router = createRouter({
  routeTree: root.addChildren(screens),
  defaultPreload: "intent",
  // `team/name@version` is read by people.
  pathParamsAllowedCharacters: ["@"],
  // Around each screen, so that the way to the others stays.
  defaultErrorComponent: Crashed,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
