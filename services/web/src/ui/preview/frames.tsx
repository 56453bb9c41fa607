import { Anchor } from "@mantine/core";
import type { HtmlPreview, ImagePreview, PdfPreview } from "@/api/schema";
import { useTexts } from "@/i18n";
import { count } from "@/i18n/format";
import classes from "./Preview.module.css";

/** Its room is kept from the start, so that nothing jumps when it comes. */
export function ImageBody({ preview, title }: { preview: ImagePreview; title: string }) {
  const t = useTexts();
  const { url, width, height } = preview;
  if (url === null) return <p className={classes.note}>{t("preview.not_inside")}</p>;
  return (
    <figure className={classes.image}>
      <img
        src={url}
        alt={title}
        {...(width !== null &&
          height !== null && { width, height, style: { aspectRatio: `${width} / ${height}` } })}
      />
      {width !== null && height !== null && (
        <figcaption>
          {count(width)} × {count(height)} · {preview.format}
        </figcaption>
      )}
    </figure>
  );
}

/** Somebody's page: from another origin, and without the rights of this one. */
export function HtmlFrame({
  preview,
  title,
  isLarge,
}: {
  preview: HtmlPreview;
  title: string;
  isLarge: boolean;
}) {
  const { frame_url: url, text } = preview;
  const look = { className: classes.frame, title, "data-large": isLarge || undefined };
  return url === null ? (
    <iframe {...look} sandbox="" srcDoc={text} />
  ) : (
    <iframe {...look} sandbox="allow-scripts" src={url} referrerPolicy="no-referrer" />
  );
}

/** Of the object store's origin. Browsers show no PDF in a sandbox; it runs no script of ours either. */
export function PdfFrame({
  preview,
  title,
  isLarge,
}: {
  preview: PdfPreview;
  title: string;
  isLarge: boolean;
}) {
  const t = useTexts();
  if (preview.url === null) return <p className={classes.note}>{t("preview.not_inside")}</p>;
  return (
    <>
      <iframe
        className={classes.frame}
        title={title}
        src={preview.url}
        data-large={isLarge || undefined}
        referrerPolicy="no-referrer"
      />
      <Anchor size="xs" href={preview.url} target="_blank" rel="noreferrer noopener">
        {t("preview.open_pdf")}
      </Anchor>
    </>
  );
}
