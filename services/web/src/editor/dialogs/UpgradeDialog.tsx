import { Badge, Button, Checkbox, Group, List, Loader, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { previewUpgrade } from "@/api/queries/graphs";
import { asBody } from "@/editor/saving";
import { act, open, useEditor, useGraph } from "@/editor/store";
import { batch } from "@/graph/commands";
import { readGraph } from "@/graph/model";
import { useTexts } from "@/i18n";
import { Dialog } from "@/ui/Dialog";
import { ProblemNotice } from "@/ui/ProblemNotice";

/** Newer operations, with everything that they change said before it is done; one step that can be undone. */
export function UpgradeDialog() {
  const t = useTexts();
  const editor = useEditor();
  const graph = useGraph();
  const [newest, setNewest] = useState(false);
  const to = newest ? "newest" : "successors";
  const { data, error } = useQuery({
    queryKey: ["upgrade", graph, to],
    queryFn: () => previewUpgrade(asBody(graph), to),
    gcTime: 0,
  });
  const changes = data?.changes ?? [];
  function upgrade(): void {
    if (!data) return;
    const label = { key: "command.upgrade", params: {} } as const;
    act(editor, batch(label, [{ type: "replaceGraph", graph: readGraph(data.graph) }]));
    open(editor, null);
  }
  return (
    <Dialog opened onClose={() => open(editor, null)} title={t("upgrade.title")} size="lg">
      <Stack gap="md">
        <Checkbox
          label={t("upgrade.newest")}
          checked={newest}
          onChange={(event) => setNewest(event.currentTarget.checked)}
        />
        {error && <ProblemNotice error={error} />}
        {!data && !error && <Loader size="sm" aria-label={t("loading")} />}
        {data && changes.length === 0 && <div className="quiet">{t("upgrade.none")}</div>}
        {changes.length > 0 && (
          <List size="sm" spacing={4}>
            {changes.map(({ node, message, is_loss }) => (
              <List.Item key={`${node} ${message}`}>
                <strong>{node}</strong> {message}{" "}
                {is_loss && (
                  <Badge color="red" variant="light" size="sm">
                    {t("upgrade.loss")}
                  </Badge>
                )}
              </List.Item>
            ))}
          </List>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => open(editor, null)}>
            {t("action.cancel")}
          </Button>
          <Button onClick={upgrade} disabled={changes.length === 0}>
            {t("upgrade.apply")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
