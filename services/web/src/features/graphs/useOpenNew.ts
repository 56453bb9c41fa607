import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { createGraph, graphKeys, importGraph } from "@/api/queries/graphs";
import type { Graph } from "@/api/schema";
import { EMPTY_GRAPH, writeGraph } from "@/graph/model";

/** Ways to a new graph; each of them ends in the editor. */
export function useOpenNew() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (make: () => Promise<{ id: string }>) => make(),
    onSuccess: ({ id }) => {
      void client.invalidateQueries({ queryKey: graphKeys.lists });
      void navigate({ to: "/graphs/$graph", params: { graph: id } });
    },
  });
  return {
    create: () => mutate(() => createGraph(writeGraph(EMPTY_GRAPH) as unknown as Graph)),
    sample: () => mutate(async () => importGraph(await sampleCode())),
    take: (code: string) => mutate(() => importGraph(code)),
    busy: isPending,
    error,
  };
}

/** The one of the documentation: it runs on any machine in seconds. */
async function sampleCode(): Promise<string> {
  return (await import("../../../../../docs/examples/hello.yaml?raw")).default;
}
