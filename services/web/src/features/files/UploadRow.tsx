import { ActionIcon, Autocomplete, Button, Group, TagsInput, Text, TextInput } from "@mantine/core";
import { IconPlayerStop, IconRefresh, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { isProblem } from "@/api/problems";
import classes from "@/features/files/Files.module.css";
import { type FileEntry, nextVersion } from "@/features/files/listing";
import { isName } from "@/features/files/naming";
import { UploadProgress } from "@/features/files/UploadProgress";
import { again, cancel, isMoving, name, remove, type UploadJob } from "@/features/files/uploadStore";
import { useAdding } from "@/features/files/useAdding";
import { TYPE_NAMES } from "@/graph/types";
import { useTexts } from "@/i18n";
import { ProblemNotice } from "@/ui/ProblemNotice";

export function UploadRow({ job, entries }: { job: UploadJob; entries: readonly FileEntry[] }) {
  const t = useTexts();
  const adding = useAdding();
  const { id, file, naming, stage } = job;
  const version = nextVersion(entries, naming.name);
  const nameError = isProblem(adding.error)
    ? adding.error.problem.errors.find(({ pointer }) => pointer === "/name")?.detail
    : undefined;
  const hasEnded = stage === "failed" || stage === "cancelled";
  return (
    <article className={classes.upload} aria-label={file.name}>
      <Group justify="space-between" wrap="nowrap" gap="md">
        <Text fw={600} truncate title={file.name}>
          {file.name}
        </Text>
        <Group gap={4} wrap="nowrap">
          {stage === "named" && job.ref !== null && (
            <Button
              size="compact-sm"
              variant="subtle"
              renderRoot={(props) => <Link to="/files" search={{ file: job.ref ?? "" }} {...props} />}
            >
              {job.ref}
            </Button>
          )}
          {hasEnded && (
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={() => again(id)}
              aria-label={t("files.again", { name: file.name })}
            >
              <IconRefresh size={16} aria-hidden />
            </ActionIcon>
          )}
          {isMoving(job) ? (
            <ActionIcon
              variant="subtle"
              color="red"
              onClick={() => cancel(id)}
              aria-label={t("files.cancel", { name: file.name })}
            >
              <IconPlayerStop size={16} aria-hidden />
            </ActionIcon>
          ) : (
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={() => remove(id)}
              aria-label={t("files.dismiss", { name: file.name })}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          )}
        </Group>
      </Group>
      <UploadProgress job={job} />
      {stage === "failed" && <ProblemNotice error={job.error} retry={() => again(id)} />}
      {stage !== "named" && !hasEnded && (
        <form
          className={classes.naming}
          onSubmit={(event) => {
            event.preventDefault();
            adding.mutate({ job, entries });
          }}
        >
          <TextInput
            label={t("files.field.name")}
            value={naming.name}
            onChange={(event) => name(id, { name: event.currentTarget.value })}
            error={isName(naming.name) ? nameError : t("operations.field.name.bad")}
            size="xs"
            spellCheck={false}
            classNames={{ input: "mono" }}
          />
          <TextInput
            label={t("files.field.title")}
            value={naming.title}
            onChange={(event) => name(id, { title: event.currentTarget.value })}
            size="xs"
          />
          <Autocomplete
            label={t("files.field.type")}
            data={[...TYPE_NAMES]}
            value={naming.type}
            onChange={(type) => name(id, { type })}
            size="xs"
          />
          <TagsInput
            label={t("files.field.tags")}
            value={[...naming.tags]}
            onChange={(tags) => name(id, { tags })}
            size="xs"
          />
          <Button
            type="submit"
            size="xs"
            disabled={stage !== "stored" || !isName(naming.name) || naming.type === ""}
            loading={adding.isPending}
          >
            {version === null ? t("files.add") : t("files.add.version", { version })}
          </Button>
        </form>
      )}
      {adding.error !== null && nameError === undefined && <ProblemNotice error={adding.error} />}
    </article>
  );
}
