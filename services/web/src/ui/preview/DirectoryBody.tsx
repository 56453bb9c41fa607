import { Button } from "@mantine/core";
import { IconFile, IconFolder } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Look, previewQuery } from "@/api/queries/artifacts";
import type { DirectoryPreview } from "@/api/schema";
import { useTexts } from "@/i18n";
import { count, size } from "@/i18n/format";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./Preview.module.css";

type Props = {
  digest: string;
  look: Look;
  first: DirectoryPreview;
  title: string;
  enter: (member: string) => void;
};

/** What is in an archive; each file of it opens in turn. */
export function DirectoryBody({ digest, look, first, title, enter }: Props) {
  const t = useTexts();
  const client = useQueryClient();
  const [members, setMembers] = useState(first.members);
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const load = async () => {
    setLoading(true);
    setError(null);
    try {
      const next = await client.fetchQuery(previewQuery(digest, { ...look, from: members.length }));
      if (next.kind === "directory") setMembers([...members, ...next.members]);
    } catch (problem) {
      setError(problem);
    }
    setLoading(false);
  };
  return (
    <>
      <ul className={classes.members} aria-label={title}>
        {members.map(({ path, size: bytes }) => {
          const isFolder = path.endsWith("/");
          const Icon = isFolder ? IconFolder : IconFile;
          return (
            <li key={path}>
              <Icon size={15} aria-hidden />
              {isFolder ? (
                <span>{path}</span>
              ) : (
                <button type="button" onClick={() => enter(path)}>
                  {path}
                </button>
              )}
              {!isFolder && <span className={classes.memberSize}>{size(bytes)}</span>}
            </li>
          );
        })}
      </ul>
      {error !== null && <ProblemNotice error={error} />}
      <div className={classes.more}>
        <span>
          {t("preview.members", { members: count(first.member_count), size: size(first.unpacked_size) })}
        </span>
        {members.length < first.member_count && (
          <Button size="compact-xs" variant="default" loading={isLoading} onClick={() => void load()}>
            {t("action.more")}
          </Button>
        )}
      </div>
    </>
  );
}
