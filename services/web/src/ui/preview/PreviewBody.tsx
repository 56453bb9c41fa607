import type { Look, PreviewView } from "@/api/queries/artifacts";
import { BinaryBody } from "./BinaryBody";
import { DirectoryBody } from "./DirectoryBody";
import { HtmlFrame, ImageBody, PdfFrame } from "./frames";
import { JsonTree } from "./JsonTree";
import classes from "./Preview.module.css";
import { TableBody } from "./TableBody";
import { TextBody } from "./TextBody";

export type BodyProps = {
  digest: string;
  look: Look;
  title: string;
  preview: PreviewView;
  isLarge: boolean;
  enter: (member: string) => void;
};

export function PreviewBody(props: BodyProps) {
  const { note } = props.preview;
  return (
    <>
      <Body {...props} />
      {note && <p className={classes.note}>{note}</p>}
    </>
  );
}

function Body({ digest, look, title, preview, isLarge, enter }: BodyProps) {
  switch (preview.kind) {
    case "text":
      return <TextBody digest={digest} look={look} first={preview} title={title} />;
    case "table":
      return <TableBody digest={digest} look={look} first={preview} title={title} />;
    case "json":
      return <JsonTree value={preview.value} label={title} />;
    case "image":
      return <ImageBody preview={preview} title={title} />;
    case "html":
      return <HtmlFrame preview={preview} title={title} isLarge={isLarge} />;
    case "pdf":
      return <PdfFrame preview={preview} title={title} isLarge={isLarge} />;
    case "directory":
      return <DirectoryBody digest={digest} look={look} first={preview} enter={enter} title={title} />;
    case "binary":
      return <BinaryBody head={preview.head} size={preview.size} title={title} />;
  }
}
