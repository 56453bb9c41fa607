import { ActionIcon, Button, CopyButton, Skeleton, Tooltip } from "@mantine/core";
import {
  IconArrowLeft,
  IconArrowsMaximize,
  IconCheck,
  IconCopy,
  IconDownload,
  IconFileText,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { downloadUrl, type Look, previewQuery } from "@/api/queries/artifacts";
import { useTexts } from "@/i18n";
import { size } from "@/i18n/format";
import { Dialog } from "@/ui/Dialog";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./Preview.module.css";
import { PreviewBody } from "./PreviewBody";

type Props = {
  digest: string;
  /** What it is called here: in titles, and as the file's name when it is downloaded. */
  name: string;
  /** Stands in its bar, instead of type and size. */
  heading?: ReactNode;
};

/** An artifact, shown as what it is: text, table, tree, picture, page, directory, or its first bytes. */
export function ArtifactPreview({ digest, name, heading }: Props) {
  const t = useTexts();
  const [member, setMember] = useState<string>();
  const [asText, setAsText] = useState(false);
  const [isLarge, setLarge] = useState(false);
  const look: Look = { ...(member !== undefined && { member }), ...(asText && { as: "text" }) };
  const { data: preview, error, refetch } = useQuery(previewQuery(digest, look));
  const title = member === undefined ? name : `${name} / ${member}`;
  const enter = (path: string) => {
    setMember(path);
    setAsText(false);
  };
  const content = (
    <>
      {member !== undefined && (
        <Button
          size="compact-xs"
          variant="subtle"
          mr="auto"
          leftSection={<IconArrowLeft size={14} aria-hidden />}
          onClick={() => setMember(undefined)}
        >
          {t("preview.back", { name })}
        </Button>
      )}
      {error !== null && <ProblemNotice error={error} retry={() => void refetch()} />}
      {preview === undefined && error === null && (
        <Skeleton height={120} radius="sm" role="status" aria-label={t("loading")} />
      )}
      {preview !== undefined && (
        <PreviewBody
          key={JSON.stringify(look)}
          digest={digest}
          look={look}
          title={title}
          preview={preview}
          isLarge={isLarge}
          enter={enter}
        />
      )}
    </>
  );
  return (
    <section className={classes.preview} aria-label={t("preview.of", { name: title })}>
      <div className={classes.bar}>
        {heading ??
          (preview !== undefined && (
            <span className={classes.kind}>
              {preview.type} · {size(preview.size)}
            </span>
          ))}
        <span className={classes.tools}>
          {preview !== undefined && hasSource(preview.kind, asText) && (
            <Tool
              icon={IconFileText}
              label={t("preview.as_text")}
              isOn={asText}
              press={() => setAsText(!asText)}
            />
          )}
          <Digest digest={digest} />
          <Download digest={digest} name={name} />
          <Tool
            icon={IconArrowsMaximize}
            label={t("preview.enlarge_one", { name })}
            press={() => setLarge(true)}
          />
        </span>
      </div>
      {!isLarge && content}
      <Dialog opened={isLarge} onClose={() => setLarge(false)} title={title} size="90vw">
        {isLarge && content}
      </Dialog>
    </section>
  );
}

type ToolProps = { icon: typeof IconDownload; label: string; isOn?: boolean; press: () => void };

function Tool({ icon: Icon, label, isOn, press }: ToolProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant={isOn ? "light" : "subtle"}
        color={isOn ? undefined : "gray"}
        aria-label={label}
        aria-pressed={isOn}
        onClick={press}
      >
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

export function Download({ digest, name }: { digest: string; name: string }) {
  const t = useTexts();
  return (
    <Tooltip label={t("action.download")}>
      <ActionIcon
        component="a"
        href={downloadUrl(digest, name)}
        download
        variant="subtle"
        color="gray"
        aria-label={t("preview.download", { name })}
      >
        <IconDownload size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

export function Digest({ digest }: { digest: string }) {
  const t = useTexts();
  return (
    <CopyButton value={digest}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t("action.copied") : t("preview.digest", { digest })} multiline maw={420}>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={copy}
            aria-label={t("preview.digest.copy", { digest: digest.slice(0, 8) })}
            rightSection={copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />}
          >
            <span className="mono">{digest.slice(0, 8)}</span>
          </Button>
        </Tooltip>
      )}
    </CopyButton>
  );
}

function hasSource(kind: string, asText: boolean): boolean {
  return asText || kind === "json" || kind === "table" || kind === "html";
}
