import { Button, Group, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { filesQuery } from "@/api/queries/files";
import classes from "@/features/files/Files.module.css";
import { type FileEntry, filesOf } from "@/features/files/listing";
import { UploadRow } from "@/features/files/UploadRow";
import { isMoving, remove, type UploadJob, useUploads } from "@/features/files/uploadStore";
import { useAdding } from "@/features/files/useAdding";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";

/** What is on its way in: bytes are sent while one still thinks about names. */
export function UploadPanel({ entries }: { entries: readonly FileEntry[] }) {
  const t = useTexts();
  const jobs = useUploads((state) => state.jobs);
  const client = useQueryClient();
  const adding = useAdding();
  const addingAll = useMutation({
    // One after the other: of two with the same name, the second one is the next version.
    mutationFn: async (ready: readonly UploadJob[]) => {
      for (const job of ready) {
        const fresh = filesOf(await client.fetchQuery({ ...filesQuery(), staleTime: 0 }));
        await adding.mutateAsync({ job, entries: fresh });
      }
    },
  });
  if (jobs.length === 0) return null;
  const ready = jobs.filter(({ stage, naming }) => stage === "stored" && naming.name !== "");
  const over = jobs.filter((job) => !isMoving(job) && job.stage !== "stored");
  return (
    <section className={classes.uploads} aria-label={t("files.uploads")}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("files.uploads")}</Title>
        <Group gap="xs">
          {over.length > 0 && (
            <Button
              size="xs"
              variant="subtle"
              color="gray"
              onClick={() => {
                for (const { id } of over) remove(id);
              }}
            >
              {t("files.uploads.clear")}
            </Button>
          )}
          {ready.length > 1 && (
            <Button size="xs" loading={addingAll.isPending} onClick={() => addingAll.mutate(ready)}>
              {t("files.add.all", { count: ready.length })}
            </Button>
          )}
        </Group>
      </Group>
      {addingAll.error !== null && <ProblemNotice error={addingAll.error} />}
      {jobs.map((job) => (
        <UploadRow key={job.id} job={job} entries={entries} />
      ))}
    </section>
  );
}
