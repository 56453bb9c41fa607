import { Button, Group, Title } from "@mantine/core";
import classes from "@/features/files/Files.module.css";
import type { FileEntry } from "@/features/files/listing";
import { UploadRow } from "@/features/files/UploadRow";
import { isMoving, remove, useUploads } from "@/features/files/uploadStore";
import { useAdding } from "@/features/files/useAdding";
import { useTexts } from "@/i18n";

/** What is on its way in: bytes are sent while one still thinks about names. */
export function UploadPanel({ entries }: { entries: readonly FileEntry[] }) {
  const t = useTexts();
  const jobs = useUploads((state) => state.jobs);
  const adding = useAdding();
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
            <Button
              size="xs"
              loading={adding.isPending}
              onClick={() => {
                for (const job of ready) adding.mutate({ job, entries });
              }}
            >
              {t("files.add.all", { count: ready.length })}
            </Button>
          )}
        </Group>
      </Group>
      {jobs.map((job) => (
        <UploadRow key={job.id} job={job} entries={entries} />
      ))}
    </section>
  );
}
