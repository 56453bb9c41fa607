import { useClickOutside } from "@mantine/hooks";
import { Choices } from "@/editor/Choices";
import classes from "@/editor/Editor.module.css";
import type { DroppedLink } from "@/editor/EditorCanvas";
import { act, type Editor, graphOf, useEditor } from "@/editor/store";
import { addedIds } from "@/graph/clipboard";
import { type End, type Fitting, fittingOperations } from "@/graph/fitting";
import { insertLinked } from "@/graph/insertion";
import { type Catalogue, nodeOf, operationOf, type Position } from "@/graph/model";
import { useTexts } from "@/i18n";

const WIDTH = 320;
const HEIGHT = 340;

/** At the pointer, but never outside of the window. */
function placeOf({ x, y }: Position) {
  return { left: Math.min(x, window.innerWidth - WIDTH - 8), top: Math.min(y, window.innerHeight - HEIGHT) };
}

/** A link was let go over the empty canvas: which operations could it be for? */
export function FitMenu({ dropped, close }: { dropped: DroppedLink; close: () => void }) {
  const t = useTexts();
  const editor = useEditor();
  const box = useClickOutside(close);
  const end = endOf(editor, dropped);
  if (end === null) return null;
  const fittings = fittingOperations(withOwn(editor), end);
  const wanted = end.kind === "output" ? end.type : end.types.join(" | ");
  return (
    <div
      ref={box}
      className={classes.floating}
      style={{ position: "fixed", ...placeOf(dropped.pointer), width: WIDTH, transform: "none" }}
    >
      <Choices
        label={t("library.fits")}
        none={t("library.fits_none", { type: wanted })}
        search={(query) => found(fittings, query)}
        onChoose={({ fitting }) => {
          const { node, port } = dropped.from;
          const held =
            end.kind === "output" ? { output: { node, output: port } } : { input: { node, input: port } };
          const command = insertLinked(graphOf(editor), fitting, held, dropped.at);
          act(editor, command, { select: addedIds(command) });
          close();
        }}
        close={close}
      />
    </div>
  );
}

function found(fittings: readonly Fitting[], query: string) {
  const words = query.toLowerCase();
  return fittings
    .map((fitting) => {
      const { reference, operation, port } = fitting;
      return {
        key: reference,
        label: operation.title || operation.name,
        beside: `${port} · ${reference}`,
        fitting,
      };
    })
    .filter(({ label, beside }) => `${label} ${beside}`.toLowerCase().includes(words));
}

function endOf(editor: Editor, { from }: DroppedLink): End | null {
  const graph = graphOf(editor);
  const node = nodeOf(graph, from.node);
  const operation = node && operationOf(graph, editor.getState().catalogue, node);
  const output = operation?.outputs.find(({ name }) => name === from.port);
  const input = operation?.inputs.find(({ name }) => name === from.port);
  if (from.side === "output" && output) return { kind: "output", type: output.type };
  return from.side === "input" && input ? { kind: "input", types: input.types } : null;
}

function withOwn(editor: Editor): Catalogue {
  return new Map([...editor.getState().catalogue, ...Object.entries(graphOf(editor).operations)]);
}
