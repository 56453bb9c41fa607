import { Button, CloseButton, FileButton, Loader, Text, TextInput } from "@mantine/core";
import { IconFiles, IconFingerprint, IconSearch, IconSearchOff, IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { filesQuery } from "@/api/queries/files";
import { DropTargets } from "@/features/files/DropTargets";
import { FileDetails } from "@/features/files/FileDetails";
import classes from "@/features/files/Files.module.css";
import { FilesTable } from "@/features/files/FilesTable";
import { Finder } from "@/features/files/Finder";
import { fileAt, filesOf, searched } from "@/features/files/listing";
import { UploadPanel } from "@/features/files/UploadPanel";
import { add } from "@/features/files/uploadStore";
import { useTexts } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useShortcuts } from "@/ui/shortcuts";

/** What people have brought in. Files may be dropped anywhere on the page: to upload them, or to learn where they are from. */
export function FilesPage() {
  const t = useTexts();
  const search = useSearch({ from: "/files" });
  const navigate = useNavigate({ from: "/files" });
  const field = useRef<HTMLInputElement>(null);
  const { data, error, refetch, isPending } = useQuery(filesQuery());
  const [wanted, setWanted] = useState<File | null>(null);
  const entries = useMemo(() => filesOf(data ?? []), [data]);
  const settled = useDeferredValue(search.q ?? "");
  const found = useMemo(() => searched(entries, settled), [entries, settled]);
  const shown = fileAt(entries, search.file);
  const set = (part: Partial<typeof search>) =>
    void navigate({
      search: ({ q, file }) => ({ ...(q && { q }), ...(file && { file }), ...part }),
      replace: true,
    });
  useShortcuts([{ keys: "/", label: "shortcuts.filter", scope: "lists", act: () => field.current?.focus() }]);

  const uploadButton = (
    <FileButton multiple onChange={add} inputProps={{ "aria-label": t("files.upload") }}>
      {(props) => (
        <Button {...props} leftSection={<IconUpload size={16} aria-hidden />}>
          {t("files.upload")}
        </Button>
      )}
    </FileButton>
  );
  return (
    <>
      <PageHeader
        title={t("nav.files")}
        beside={
          <Text className="quiet" size="sm" role="status">
            {entries.length > 0 && t("files.count", { shown: found.length, all: entries.length })}
          </Text>
        }
        actions={
          <>
            <FileButton onChange={setWanted} inputProps={{ "aria-label": t("files.find") }}>
              {(props) => (
                <Button {...props} variant="default" leftSection={<IconFingerprint size={16} aria-hidden />}>
                  {t("files.find")}
                </Button>
              )}
            </FileButton>
            {uploadButton}
          </>
        }
      />
      {wanted !== null && <Finder file={wanted} close={() => setWanted(null)} />}
      <UploadPanel entries={entries} />
      {error !== null && (
        <div className={classes.notice}>
          <ProblemNotice error={error} retry={() => void refetch()} />
        </div>
      )}
      {isPending && error === null && <Loader m="xl" aria-label={t("loading")} />}
      {data !== undefined && entries.length === 0 && (
        <EmptyState icon={IconFiles} title={t("files.empty")} actions={uploadButton}>
          {t("files.empty.detail")}
        </EmptyState>
      )}
      {entries.length > 0 && (
        <div className={classes.columns} data-open={shown !== null}>
          <div className={classes.list}>
            <TextInput
              ref={field}
              className={classes.search}
              value={search.q ?? ""}
              onChange={({ currentTarget: { value } }) => set({ q: value === "" ? undefined : value })}
              aria-label={t("files.search")}
              placeholder={t("files.search.hint")}
              leftSection={<IconSearch size={16} aria-hidden />}
              rightSection={
                search.q !== undefined && (
                  <CloseButton
                    size="sm"
                    aria-label={t("operations.clear")}
                    onClick={() => set({ q: undefined })}
                  />
                )
              }
            />
            {found.length > 0 ? (
              <FilesTable entries={found} chosen={shown?.entry.name} open={(file) => set({ file })} />
            ) : (
              <EmptyState icon={IconSearchOff} title={t("files.nothing")}>
                {t("files.nothing.detail")}
              </EmptyState>
            )}
          </div>
          {shown !== null && (
            <FileDetails
              key={shown.version.ref}
              entry={shown.entry}
              version={shown.version}
              open={(file) => set({ file })}
              close={() => set({ file: undefined })}
            />
          )}
        </div>
      )}
      <DropTargets upload={add} find={setWanted} />
    </>
  );
}
