import { ActionIcon, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useCanvas } from "@/canvas/useCanvas";
import { goTo } from "@/editor/actions";
import { AddLink } from "@/editor/outline/AddLink";
import classes from "@/editor/properties/Properties.module.css";
import { act, useEditor } from "@/editor/store";
import type { OutlineInput, OutlineNode } from "@/graph/outline";
import { colourToken } from "@/graph/types";
import { useTexts } from "@/i18n";

/** What comes in, what goes out, and what it only waits for. */
export function NodePorts({ outlined }: { outlined: OutlineNode }) {
  const t = useTexts();
  const { id, inputs, outputs } = outlined;
  return (
    <>
      {inputs.length > 0 && (
        <section className={classes.section} aria-label={t("props.inputs")}>
          <h3>{t("props.inputs")}</h3>
          {inputs.map((input) => (
            <InputField key={input.name} node={id} input={input} />
          ))}
        </section>
      )}
      {outputs.length > 0 && (
        <section className={classes.section} aria-label={t("props.outputs")}>
          <h3>{t("props.outputs")}</h3>
          {outputs.map(({ name, type, targets }) => (
            <div key={name}>
              <PortLine name={name} types={[type]} />
              {targets.map(({ node, title, port, link }) => (
                <div key={link} className={classes.source}>
                  <Jump node={node} text={`→ ${title}`} beside={port} />
                </div>
              ))}
            </div>
          ))}
        </section>
      )}
      <Order outlined={outlined} />
    </>
  );
}

function InputField({ node, input }: { node: string; input: OutlineInput }) {
  const t = useTexts();
  const editor = useEditor();
  const { name, types, sources, max } = input;
  const move = (fromIndex: number, toIndex: number) =>
    act(editor, { type: "moveLink", to: { node, input: name }, fromIndex, toIndex });
  return (
    <div>
      <PortLine name={name} types={types}>
        {(max < 0 || sources.length < max) && <AddLink to={{ node, input: name }} />}
      </PortLine>
      {sources.map(({ node: from, output, title, link }, index) => (
        <div key={link} className={classes.source}>
          <Jump node={from} text={title} beside={output} />
          {sources.length > 1 && (
            <>
              <Small
                icon={IconArrowUp}
                label={t("props.move_up")}
                act={() => move(index, index - 1)}
                disabled={index === 0}
              />
              <Small
                icon={IconArrowDown}
                label={t("props.move_down")}
                act={() => move(index, index + 1)}
                disabled={index === sources.length - 1}
              />
            </>
          )}
          <Small
            icon={IconX}
            label={t("outline.remove_link", { name: title })}
            act={() =>
              act(editor, {
                type: "removeLink",
                from: { node: from, output },
                to: { node, input: name },
                at: index,
              })
            }
          />
        </div>
      ))}
      {sources.length === 0 && (
        <div className={classes.source}>
          <span className="quiet">{t("outline.nothing")}</span>
        </div>
      )}
    </div>
  );
}

function Order({ outlined: { id, after } }: { outlined: OutlineNode }) {
  const t = useTexts();
  const editor = useEditor();
  return (
    <section className={classes.section} aria-label={t("props.order")}>
      <h3>
        {t("outline.waits")}
        <AddLink to={{ node: id }} />
      </h3>
      {after.map(({ node, title, link }) => (
        <div key={link} className={classes.source}>
          <Jump node={node} text={title} beside="" />
          <Small
            icon={IconX}
            label={t("outline.remove_link", { name: title })}
            act={() => act(editor, { type: "removeOrderLink", from: node, to: id })}
          />
        </div>
      ))}
    </section>
  );
}

function PortLine({
  name,
  types,
  children,
}: {
  name: string;
  types: readonly string[];
  children?: ReactNode;
}) {
  const [type] = types;
  return (
    <div className={classes.label}>
      <span
        className={classes.dot}
        style={type === undefined ? undefined : { "--port": `var(${colourToken(type)})` }}
        aria-hidden
      />
      <span>{name}</span>
      <small>{types.join(" | ")}</small>
      <span>{children}</span>
    </div>
  );
}

function Jump({ node, text, beside }: { node: string; text: string; beside: string }) {
  const editor = useEditor();
  const canvas = useCanvas();
  return (
    <button type="button" className={classes.jump} onClick={() => goTo(editor, canvas, node)}>
      {text} <span className="quiet">{beside}</span>
    </button>
  );
}

interface SmallProps {
  icon: typeof IconX;
  label: string;
  act: () => void;
  disabled?: boolean;
}

function Small({ icon: Icon, label, act, disabled }: SmallProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={24}
        onClick={act}
        disabled={disabled}
        aria-label={label}
      >
        <Icon size={14} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
