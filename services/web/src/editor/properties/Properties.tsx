import classes from "@/editor/Editor.module.css";
import { GraphProperties } from "@/editor/properties/GraphProperties";
import { LinkProperties } from "@/editor/properties/LinkProperties";
import { ManyProperties } from "@/editor/properties/ManyProperties";
import { NodeProperties } from "@/editor/properties/NodeProperties";
import { useEditorState, useGraph } from "@/editor/store";
import { links } from "@/graph/links";
import { nodeOf } from "@/graph/model";
import { useTexts } from "@/i18n";

/** Of what is selected; of the graph itself when nothing is. */
export function Properties() {
  const t = useTexts();
  return (
    <aside data-properties className={classes.properties} aria-label={t("props.title")}>
      <div className={classes.scroll}>
        <Selected />
      </div>
    </aside>
  );
}

function Selected() {
  const graph = useGraph();
  const selected = useEditorState((state) => state.selected);
  const nodes = [...selected].flatMap((id) => nodeOf(graph, id) ?? []);
  const [node] = nodes;
  if (nodes.length > 1) return <ManyProperties count={nodes.length} />;
  if (node) return <NodeProperties key={node.id} node={node} />;
  const link = selected.size === 1 ? links(graph).find(({ id }) => selected.has(id)) : undefined;
  return link ? <LinkProperties link={link} /> : <GraphProperties />;
}
