/** Running once more, cancelling, cloning: what a run's menu does. */

import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { cancelRun, cloneRun, rerunFrom, rerunRun, runGraphQuery, runKeys } from "@/api/queries/runs";

/** `unsuccessful`: only what has not succeeded · `all`: everything, the cache may help · `force`: it may not. */
export type Rerun = "unsuccessful" | "all" | "force";
/** `node`: from there on, with everything below it. */
export type RunAct =
  | { act: "cancel"; run: string }
  | { act: "clone"; run: string }
  | { act: "rerun"; run: string; how: Rerun }
  | { act: "rerun"; run: string; node: string };

/** Leads to what was made: the new run, or the graph. */
export function useRunActs() {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (act: RunAct) => perform(client, act),
    onSuccess: async ({ run, graph }) => {
      if (run !== undefined) await navigate({ to: "/runs/$run", params: { run } });
      if (graph !== undefined) await navigate({ to: "/graphs/$graph", params: { graph } });
    },
  });
}

async function perform(client: QueryClient, act: RunAct): Promise<{ run?: string; graph?: string }> {
  if (act.act === "cancel") {
    await cancelRun(act.run);
    await client.invalidateQueries({ queryKey: runKeys.detail(act.run) });
    return {};
  }
  if (act.act === "clone") return { graph: (await cloneRun(act.run)).id };
  if ("node" in act) return { run: (await rerunFrom(act.run, act.node, newKey())).id };
  if (act.how === "unsuccessful") return { run: (await rerunRun(act.run, {}, newKey())).id };
  // What reads graphs is not loaded with the list of runs.
  const { rootsOf } = await import("./roots");
  const from_node = rootsOf(await client.ensureQueryData(runGraphQuery(act.run)));
  return { run: (await rerunRun(act.run, { from_node, force: act.how === "force" }, newKey())).id };
}

/** For one press of a button; not `randomUUID`, which a page without TLS does not have. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
