import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { outputsQuery } from "@/api/queries/runs";
import type { OutputView } from "@/api/schema";
import { useTexts } from "@/i18n";
import { size } from "@/i18n/format";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { ArtifactPreview, Digest, Download } from "@/ui/preview/ArtifactPreview";
import classes from "./Node.module.css";

type Props = {
  run: string;
  node: string;
  /** Undefined: the first. */
  open: string | undefined;
  show: (output: string | undefined) => void;
};

const NONE = "-";

/** What the node has made; one of it is shown. */
export function Outputs({ run, node, open, show }: Props) {
  const t = useTexts();
  const { data, error, refetch, isPending } = useQuery(outputsQuery(run, node));
  const outputs = data?.items ?? [];
  const shown = open ?? outputs[0]?.name;
  if (error !== null) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (isPending) return <p className={classes.none}>{t("loading")}</p>;
  if (outputs.length === 0) return <p className={classes.none}>{t("node.no_outputs")}</p>;
  return outputs.map((output) => (
    <Output
      key={output.name}
      output={output}
      isOpen={output.name === shown}
      toggle={() => show(output.name === shown ? NONE : output.name)}
    />
  ));
}

type OutputProps = { output: OutputView; isOpen: boolean; toggle: () => void };

function Output({ output, isOpen, toggle }: OutputProps) {
  const t = useTexts();
  const { name, type, digest, available } = output;
  const heading = (
    <span className={classes.outputHead}>
      <button type="button" className={classes.outputName} aria-expanded={isOpen} onClick={toggle}>
        {name}
      </button>
      <span className={classes.type}>
        {type} · {size(output.size)}
      </span>
    </span>
  );
  return (
    <section className={classes.output} aria-label={t("node.output", { name })}>
      {isOpen && available ? (
        <ArtifactPreview digest={digest} name={name} heading={heading} />
      ) : (
        <header className={classes.outputBar}>
          {heading}
          <Digest digest={digest} />
          {available && <Download digest={digest} name={name} />}
        </header>
      )}
      {isOpen && !available && <p className={classes.quiet}>{t("node.gone")}</p>}
      {isOpen && (
        <Link to="/artifacts/$digest" params={{ digest }} className={classes.lineage}>
          {t("node.lineage")}
        </Link>
      )}
    </section>
  );
}
