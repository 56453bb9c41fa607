import { Center, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { graphQuery } from "@/api/queries/graphs";
import { catalogueQuery } from "@/api/queries/operations";
import type { OperationView } from "@/api/schema";
import { EditorScreen } from "@/editor/EditorScreen";
import { lastSave } from "@/editor/saving";
import { createEditor, EditorContext } from "@/editor/store";
import { useSavedBySelf } from "@/editor/useSavedBySelf";
import { type Catalogue, readGraph, readOperation } from "@/graph/model";
import { t } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";

export function EditorPage() {
  const { graph: id } = useParams({ from: "/graphs/$graph" });
  return <Loaded key={id} id={id} />;
}

type Stored = { graph: { [key: string]: unknown }; etag: string };

function Loaded({ id }: { id: string }) {
  const isFree = useIsSaved(id);
  const graph = useQuery({ ...graphQuery(id), enabled: isFree });
  const operations = useQuery(catalogueQuery());
  const catalogue = useMemo(() => catalogueOf(operations.data ?? []), [operations.data]);
  const failed = graph.error ?? operations.error;
  if (failed) return <ProblemNotice error={failed} retry={() => void graph.refetch()} />;
  if (!graph.data || !operations.data) {
    return (
      <Center h="100%">
        <Loader aria-label={t("loading")} />
      </Center>
    );
  }
  return <Opened id={id} stored={graph.data} catalogue={catalogue} />;
}

function Opened({ id, stored, catalogue }: { id: string; stored: Stored; catalogue: Catalogue }) {
  const { node } = useSearch({ from: "/graphs/$graph" });
  const [editor] = useState(() => {
    const saved = { graph: readGraph(stored.graph), etag: stored.etag };
    return createEditor(id, saved, catalogue, node === undefined ? [] : [node]);
  });
  // Operations may be approved elsewhere while the editor is open.
  useEffect(() => editor.setState({ catalogue }), [editor, catalogue]);
  useSavedBySelf(editor);
  return (
    <EditorContext value={editor}>
      <EditorScreen />
    </EditorContext>
  );
}

function catalogueOf(views: readonly OperationView[]): Catalogue {
  return new Map(views.map(({ ref, operation }) => [ref, readOperation(operation)]));
}

/** Whoever comes back at once waits for their own last save. */
function useIsSaved(id: string): boolean {
  const [isSaved, setSaved] = useState(() => lastSave(id) === undefined);
  useEffect(() => {
    void lastSave(id)?.then(() => setSaved(true));
  }, [id]);
  return isSaved;
}
