import { Anchor, Badge, Button, CloseButton, CopyButton, Group, Text, Title } from "@mantine/core";
import { IconSchema, IconScissors, IconTimeline } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { createGraph } from "@/api/queries/graphs";
import { documentWith, nodeText } from "@/features/files/asGraph";
import classes from "@/features/files/Files.module.css";
import type { FileEntry, FileVersion } from "@/features/files/listing";
import { TypeMark } from "@/features/files/TypeMark";
import { useTexts } from "@/i18n";
import { ago, size } from "@/i18n/format";
import { ProblemNotice } from "@/ui/ProblemNotice";

const ArtifactPreview = lazy(() =>
  import("@/ui/preview/ArtifactPreview").then((module) => ({ default: module.ArtifactPreview })),
);

type Props = {
  entry: FileEntry;
  version: FileVersion;
  open: (ref: string) => void;
  close: () => void;
};

/** One version of a file: what is in it, where it can be used, and what came before. */
export function FileDetails({ entry, version: { ref, operation, createdAt }, open, close }: Props) {
  const t = useTexts();
  const navigate = useNavigate();
  const { artifact } = operation;
  const using = useMutation({
    mutationFn: async () => createGraph(documentWith(operation)),
    onSuccess: ({ id }) => navigate({ to: "/graphs/$graph", params: { graph: id } }),
  });
  return (
    <aside className={classes.details} aria-label={operation.title || operation.name}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Title order={2}>{operation.title || operation.name}</Title>
          <Text size="sm" className="quiet mono">
            {ref}
          </Text>
        </div>
        <CloseButton onClick={close} aria-label={t("action.close")} />
      </Group>
      <Group gap="xs">
        <TypeMark type={artifact?.type ?? "file"} />
        <span className="quiet">
          {size(artifact?.size ?? 0)} · {operation.author} · {ago(createdAt)}
        </span>
        {operation.tags.map((tag) => (
          <Badge key={tag} size="sm" variant="default" tt="none" fw={500}>
            {tag}
          </Badge>
        ))}
      </Group>
      {operation.description !== "" && <Text size="sm">{operation.description}</Text>}
      {operation.changelog !== "" && (
        <Text size="sm" className="quiet">
          {operation.changelog}
        </Text>
      )}
      <Group gap="xs">
        <Button
          size="xs"
          leftSection={<IconSchema size={15} aria-hidden />}
          loading={using.isPending}
          onClick={() => using.mutate()}
        >
          {t("files.use.graph")}
        </Button>
        <CopyButton value={nodeText(operation)}>
          {({ copied, copy }) => (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconScissors size={15} aria-hidden />}
              onClick={copy}
            >
              {copied ? t("files.use.copied") : t("files.use.copy")}
            </Button>
          )}
        </CopyButton>
        {artifact !== null && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconTimeline size={15} aria-hidden />}
            renderRoot={(props) => (
              <Link to="/artifacts/$digest" params={{ digest: artifact.digest }} {...props} />
            )}
          >
            {t("files.lineage")}
          </Button>
        )}
      </Group>
      {using.error !== null && <ProblemNotice error={using.error} />}
      {entry.versions.length > 1 && (
        <section aria-label={t("files.versions")}>
          <Title order={3} mb={4}>
            {t("files.versions")}
          </Title>
          {entry.versions.map((other) => (
            <Group key={other.ref} gap="sm" className={classes.version}>
              <Anchor
                component="button"
                type="button"
                fw={other.ref === ref ? 650 : 400}
                aria-current={other.ref === ref ? "true" : undefined}
                onClick={() => open(other.ref)}
              >
                {t("operations.version", { version: other.operation.version })}
              </Anchor>
              <span className="quiet">
                {size(other.operation.artifact?.size ?? 0)} · {other.operation.author} ·{" "}
                {ago(other.createdAt)}
              </span>
            </Group>
          ))}
        </section>
      )}
      {artifact !== null && (
        <Suspense>
          <ArtifactPreview digest={artifact.digest} name={operation.name} />
        </Suspense>
      )}
    </aside>
  );
}
