import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { deleteGraph, graphKeys, readGraphNow } from "@/api/queries/graphs";
import type { GraphSummaryView } from "@/api/schema";
import { useTexts } from "@/i18n";
import { Dialog } from "@/ui/Dialog";
import { ProblemNotice } from "@/ui/ProblemNotice";

export function DeleteDialog({ graph, close }: { graph: GraphSummaryView; close: () => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => {
      const { etag } = await readGraphNow(graph.id);
      await deleteGraph(graph.id, etag);
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: graphKeys.lists });
      close();
    },
  });
  const title = graph.title || graph.name || t("editor.untitled");
  return (
    <Dialog opened onClose={close} title={t("graphs.delete", { title })}>
      <Stack gap="md">
        <Text size="sm">{t("graphs.delete_text")}</Text>
        {error && <ProblemNotice error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close} data-autofocus>
            {t("action.cancel")}
          </Button>
          <Button color="red" loading={isPending} onClick={() => mutate()}>
            {t("action.delete")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
