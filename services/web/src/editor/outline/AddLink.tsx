import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { act, type Editor, graphOf, useEditor } from "@/editor/store";
import type { Command } from "@/graph/commands";
import { LinkJudge } from "@/graph/linking";
import { operationOf } from "@/graph/model";
import { titleOf } from "@/graph/outline";
import { closeness } from "@/graph/types";
import { useTexts } from "@/i18n";

/** Without `input`: order only. */
export interface LinkEnd {
  readonly node: string;
  readonly input?: string;
}

/** Links without a pointer: a menu of everything that may be linked here, best fit first. */
export function AddLink({ to }: { to: LinkEnd }) {
  const t = useTexts();
  const label = to.input === undefined ? t("outline.add_order") : t("outline.add_source", { name: to.input });
  return (
    <Menu position="bottom-end" width={280}>
      <Menu.Target>
        <Tooltip label={label}>
          <ActionIcon variant="subtle" color="gray" size={24} aria-label={label} data-add-link>
            <IconPlus size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflow: "auto" }}>
        <Sources to={to} />
      </Menu.Dropdown>
    </Menu>
  );
}

function Sources({ to }: { to: LinkEnd }) {
  const t = useTexts();
  const editor = useEditor();
  const offers =
    to.input === undefined ? orderOffers(editor, to.node) : dataOffers(editor, to.node, to.input);
  if (offers.length === 0) return <Menu.Label>{t("outline.no_source")}</Menu.Label>;
  return offers.map(({ key, text, beside, command }) => (
    <Menu.Item
      key={key}
      onClick={() => act(editor, command)}
      rightSection={<span className="quiet">{beside}</span>}
    >
      {text}
    </Menu.Item>
  ));
}

interface Offer {
  readonly key: string;
  readonly text: string;
  readonly beside: string;
  readonly command: Command;
  readonly rank: number;
}

function dataOffers(editor: Editor, node: string, input: string): Offer[] {
  const graph = graphOf(editor);
  const { catalogue } = editor.getState();
  const judge = new LinkJudge(graph, catalogue);
  const to = { node, input };
  const own = graph.nodes.find(({ id }) => id === node);
  const port = own && operationOf(graph, catalogue, own)?.inputs.find(({ name }) => name === input);
  const offers = graph.nodes.flatMap((source) => {
    const operation = operationOf(graph, catalogue, source);
    return (operation?.outputs ?? []).flatMap(({ name: output, type }): Offer[] => {
      const from = { node: source.id, output };
      if (judge.whyNot(from, to) !== null) return [];
      const rank = closeness(port?.types ?? [], type) ?? 0;
      const command: Command = { type: "addLink", from, to };
      const text = `${titleOf(source, operation)} · ${output}`;
      return [{ key: `${source.id}.${output}`, text, beside: type, command, rank }];
    });
  });
  return offers.sort((one, other) => one.rank - other.rank);
}

function orderOffers(editor: Editor, to: string): Offer[] {
  const graph = graphOf(editor);
  const { catalogue } = editor.getState();
  const judge = new LinkJudge(graph, catalogue);
  return graph.nodes.flatMap((source): Offer[] => {
    if (judge.whyNotOrder(source.id, to) !== null) return [];
    const text = titleOf(source, operationOf(graph, catalogue, source));
    const command: Command = { type: "addOrderLink", from: source.id, to };
    return [{ key: source.id, text, beside: source.id, command, rank: 0 }];
  });
}
