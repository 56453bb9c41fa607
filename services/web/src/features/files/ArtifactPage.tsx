import { Anchor, Button, Loader } from "@mantine/core";
import { IconDownload, IconFileUnknown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { downloadUrl } from "@/api/queries/artifacts";
import { artifactQuery } from "@/api/queries/files";
import classes from "@/features/files/Files.module.css";
import { Lineage } from "@/features/files/Lineage";
import { TypeMark } from "@/features/files/TypeMark";
import { useTexts } from "@/i18n";
import { moment, size } from "@/i18n/format";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { ProblemNotice } from "@/ui/ProblemNotice";

const ArtifactPreview = lazy(() =>
  import("@/ui/preview/ArtifactPreview").then((module) => ({ default: module.ArtifactPreview })),
);
const SHORT = 16;

/** Bytes by their name: what they are, where they are from, and where they went. */
export function ArtifactPage() {
  const t = useTexts();
  const { digest } = useParams({ from: "/artifacts/$digest" });
  const { data: artifact, error, refetch } = useQuery(artifactQuery(digest));
  if (error !== null)
    return (
      <div className={classes.notice}>
        <ProblemNotice error={error} retry={() => void refetch()} />
      </div>
    );
  if (artifact === undefined) return <Loader m="xl" aria-label={t("loading")} />;
  if (artifact === null)
    return (
      <EmptyState
        icon={IconFileUnknown}
        title={t("artifact.unknown")}
        actions={
          <Button variant="default" renderRoot={(props) => <Link to="/files" {...props} />}>
            {t("nav.files")}
          </Button>
        }
      >
        {t("artifact.unknown.detail")}
        <div className="mono" style={{ overflowWrap: "anywhere" }}>
          {digest}
        </div>
      </EmptyState>
    );
  return (
    <>
      <PageHeader
        title={t("artifact.title", { digest: digest.slice(0, SHORT) })}
        beside={<TypeMark type={artifact.type} />}
        actions={
          <Button
            component="a"
            href={downloadUrl(digest)}
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            {t("action.download")}
          </Button>
        }
      />
      <div className={classes.artifact}>
        <div className={classes.facts}>
          <dl className={classes.meta}>
            <dt>SHA-256</dt>
            <dd className="mono">{digest}</dd>
            <dt>{t("files.column.size")}</dt>
            <dd>{size(artifact.size)}</dd>
            <dt>{t("artifact.created")}</dt>
            <dd>
              {moment(artifact.created_at)} · <Origin by={artifact.created_by} />
            </dd>
          </dl>
          <Lineage digest={digest} />
        </div>
        <div className={classes.shown}>
          <Suspense fallback={<Loader m="md" aria-label={t("loading")} />}>
            <ArtifactPreview digest={digest} name={digest.slice(0, SHORT)} />
          </Suspense>
        </div>
      </div>
    </>
  );
}

/** An attempt `run/node/number`, or a person. */
function Origin({ by }: { by: string }) {
  const [run, node, attempt] = by.split("/");
  if (run === undefined || node === undefined || attempt === undefined) return <span>{by}</span>;
  return (
    <Anchor
      className="mono"
      renderRoot={(props) => (
        <Link to="/runs/$run" params={{ run }} search={{ node, attempt: Number(attempt) }} {...props} />
      )}
    >
      {by}
    </Anchor>
  );
}
