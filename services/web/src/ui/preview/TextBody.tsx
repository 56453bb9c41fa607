import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Look, previewQuery } from "@/api/queries/artifacts";
import type { TextPreview } from "@/api/schema";
import { useTexts } from "@/i18n";
import { size } from "@/i18n/format";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./Preview.module.css";

type Props = { digest: string; look: Look; first: TextPreview; title: string };
const MORE = 256 * 1024;

/** Text from its beginning; the next range when it is asked for. */
export function TextBody({ digest, look, first, title }: Props) {
  const t = useTexts();
  const client = useQueryClient();
  const [pieces, setPieces] = useState<readonly TextPreview[]>([first]);
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const end = pieces.at(-1)?.end ?? 0;
  const load = async () => {
    setLoading(true);
    setError(null);
    try {
      const piece = await client.fetchQuery(
        previewQuery(digest, { ...look, as: "text", from: end, limit: MORE }),
      );
      if (piece.kind === "text") setPieces([...pieces, piece]);
    } catch (problem) {
      setError(problem);
    }
    setLoading(false);
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={classes.text} tabIndex={0} role="document" aria-label={title}>
        {pieces.map((piece) => (
          <span key={piece.offset}>{piece.text}</span>
        ))}
      </pre>
      {error !== null && <ProblemNotice error={error} />}
      {end < first.size && (
        <div className={classes.more}>
          <Button size="compact-xs" variant="default" loading={isLoading} onClick={() => void load()}>
            {t("preview.more_text")}
          </Button>
          <span>{t("preview.shown", { shown: size(end), whole: size(first.size) })}</span>
        </div>
      )}
    </>
  );
}
