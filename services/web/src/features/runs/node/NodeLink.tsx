import type { RunAddress } from "@/features/runs/view/address";
import type { RunGraph } from "@/features/runs/view/useRunView";
import classes from "./Node.module.css";

type Props = { id: string; graph: RunGraph; address: RunAddress; output?: string };

/** To another node of this run, or to an output of it. */
export function NodeLink({ id, graph, address, output }: Props) {
  const title = graph.nodes.find((node) => node.id === id)?.title ?? id;
  const place = {
    node: id,
    output,
    part: output === undefined ? ("overview" as const) : ("outputs" as const),
  };
  return (
    <a
      className={classes.link}
      href={address.hrefOf(place)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        address.select(id, place);
      }}
    >
      {title}
      {output !== undefined && <span className={classes.port}>.{output}</span>}
    </a>
  );
}
