import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { removal } from "@/editor/actions";
import classes from "@/editor/properties/Properties.module.css";
import { act, select, useEditor } from "@/editor/store";
import type { Link } from "@/graph/links";
import { useTexts } from "@/i18n";

export function LinkProperties({ link }: { link: Link }) {
  const t = useTexts();
  const editor = useEditor();
  const [from, to] = ends(link);
  return (
    <>
      <div className={classes.head}>
        <div>
          <h2>{t("props.link")}</h2>
          {link.kind === "order" && <small>{t("props.link_order")}</small>}
        </div>
      </div>
      <div className={classes.section}>
        {[from, to].map(({ node, port }, place) => (
          <div key={node} className={classes.port}>
            <span aria-hidden>{place === 0 ? "●" : "→"}</span>
            <button type="button" className={classes.jump} onClick={() => select(editor, [node])}>
              {node}
            </button>
            <small>{port}</small>
          </div>
        ))}
        <Button
          variant="default"
          leftSection={<IconTrash size={15} aria-hidden />}
          onClick={() => act(editor, removal(link), { select: [] })}
        >
          {t("action.delete")}
        </Button>
      </div>
    </>
  );
}

function ends(link: Link) {
  if (link.kind === "order")
    return [
      { node: link.from, port: "" },
      { node: link.to, port: "" },
    ] as const;
  const port = link.kind === "data" ? link.to.input : link.to.parameter;
  return [
    { node: link.from.node, port: link.from.output },
    { node: link.to.node, port },
  ] as const;
}
