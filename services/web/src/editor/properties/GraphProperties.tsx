import { Button, Textarea } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { GraphParameter } from "@/editor/properties/GraphParameter";
import classes from "@/editor/properties/Properties.module.css";
import { TextDraft } from "@/editor/properties/TextDraft";
import { act, type Editor, graphOf, useEditor, useGraph } from "@/editor/store";
import { links } from "@/graph/links";
import { readParameter } from "@/graph/model";
import { useTexts } from "@/i18n";

/** What the graph says about itself, and what it asks of a run. */
export function GraphProperties() {
  const t = useTexts();
  const editor = useEditor();
  const graph = useGraph();
  const { name, description, tags, parameters, nodes } = graph;
  return (
    <>
      <div className={classes.head}>
        <div>
          <h2>{t("props.graph")}</h2>
          <small>{t("props.stats", { nodes: nodes.length, links: links(graph).length })}</small>
        </div>
      </div>
      <div className={classes.section}>
        <Textarea
          label={t("props.description")}
          value={description}
          autosize
          minRows={2}
          maxRows={10}
          onChange={(event) =>
            act(
              editor,
              { type: "setGraph", fields: { description: event.currentTarget.value } },
              { mergeKey: "graph description" },
            )
          }
        />
        <TextDraft
          label={t("props.name")}
          description={t("props.name_hint")}
          value={name}
          mono
          onDone={(next) => act(editor, { type: "setGraph", fields: { name: next.trim() } })}
        />
        <TextDraft
          label={t("props.tags")}
          description={t("props.tags_hint")}
          value={tags.join(", ")}
          onDone={(text) => act(editor, { type: "setGraph", fields: { tags: tagsIn(text) } })}
        />
      </div>
      <section className={classes.section} aria-label={t("props.parameters")}>
        <h3>{t("props.parameters")}</h3>
        <div className={classes.about}>{t("props.parameters_hint")}</div>
        {parameters.map((parameter) => (
          <GraphParameter key={parameter.name} parameter={parameter} />
        ))}
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => addParameter(editor)}
        >
          {t("props.add_parameter")}
        </Button>
      </section>
    </>
  );
}

function tagsIn(text: string): string[] {
  return [
    ...new Set(
      text
        .split(",")
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ];
}

function addParameter(editor: Editor): void {
  const taken = new Set(graphOf(editor).parameters.map(({ name }) => name));
  let name = "parameter";
  for (let number = 2; taken.has(name); number += 1) name = `parameter_${number}`;
  act(editor, { type: "addGraphParameter", parameter: readParameter({ name, default: "" }) });
}
