import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { Fragment } from "react";
import { AddLink } from "@/editor/outline/AddLink";
import classes from "@/editor/outline/Outline.module.css";
import propertyClasses from "@/editor/properties/Properties.module.css";
import { act, useEditor } from "@/editor/store";
import type { Command } from "@/graph/commands";
import type { OutlineNode } from "@/graph/outline";
import { colourToken } from "@/graph/types";
import { useTexts } from "@/i18n";

/** The links of a node in words, each to be taken away, and where new ones may begin. */
export function OutlineDetails({ node }: { node: OutlineNode }) {
  const t = useTexts();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of a tree, not of a form
    <div className={classes.details} role="group">
      {node.inputs.map(({ name, types, sources, max }) => (
        <Fragment key={name}>
          <div role="treeitem" aria-selected={false} tabIndex={-1} className={classes.port}>
            <Dot type={types[0]} />
            <span>{name}</span>
            {(max < 0 || sources.length < max) && <AddLink to={{ node: node.id, input: name }} />}
          </div>
          {sources.map(({ node: from, output, title, link }, at) => (
            <Line
              key={link}
              text={`${title} · ${output}`}
              name={title}
              command={{
                type: "removeLink",
                from: { node: from, output },
                to: { node: node.id, input: name },
                at,
              }}
            />
          ))}
        </Fragment>
      ))}
      <div role="treeitem" aria-selected={false} tabIndex={-1} className={classes.port}>
        <Dot type={undefined} />
        <span>{t("outline.waits")}</span>
        <AddLink to={{ node: node.id }} />
      </div>
      {node.after.map(({ node: from, title, link }) => (
        <Line key={link} text={title} name={title} command={{ type: "removeOrderLink", from, to: node.id }} />
      ))}
      {node.outputs.map(({ name, type, targets }) => (
        <div key={name} role="treeitem" aria-selected={false} tabIndex={-1} className={classes.port}>
          <Dot type={type} />
          <span>
            {name}{" "}
            {targets.length > 0 &&
              t("outline.feeds", { targets: targets.map(({ title }) => title).join(", ") })}
          </span>
        </div>
      ))}
    </div>
  );
}

function Dot({ type }: { type: string | undefined }) {
  const colour = type === undefined ? undefined : { "--port": `var(${colourToken(type)})` };
  return <span className={propertyClasses.dot} style={colour} aria-hidden />;
}

function Line({ text, name, command }: { text: string; name: string; command: Command }) {
  const t = useTexts();
  const editor = useEditor();
  return (
    <div role="treeitem" aria-selected={false} tabIndex={-1} className={classes.link}>
      <span>{text}</span>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={24}
        onClick={() => act(editor, command)}
        aria-label={t("outline.remove_link", { name })}
      >
        <IconX size={13} aria-hidden />
      </ActionIcon>
    </div>
  );
}
