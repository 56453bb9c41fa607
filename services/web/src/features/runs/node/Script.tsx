import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { scriptQuery } from "@/api/queries/runs";
import type { Operation as WrittenOperation } from "@/api/schema";
import { boundOutput } from "@/graph/bindings";
import { type GraphNode, type Operation, writeOperation } from "@/graph/model";
import { useTexts } from "@/i18n";
import { CodeEditor, type CodeLanguage } from "@/ui/CodeEditor";
import { ProblemNotice } from "@/ui/ProblemNotice";
import classes from "./Node.module.css";
import { Part } from "./Overview";

type Props = { run: string; node: GraphNode; operation: Operation | undefined };

/** The script as a worker executes it: of the run's own snapshot, with the values in place. */
export function Script({ run, node, operation }: Props) {
  const t = useTexts();
  if (operation === undefined || operation.artifact !== null)
    return <p className={classes.none}>{t("node.no_script")}</p>;
  return <Rendered run={run} node={node} operation={operation} />;
}

function Rendered({ run, node, operation }: Props & { operation: Operation }) {
  const t = useTexts();
  // What an output gives is known to the worker only: its name stands for it here.
  const parameters = Object.fromEntries(
    Object.entries(node.parameters).filter(([, value]) => !boundOutput(value)),
  );
  const left = Object.keys(node.parameters).length > Object.keys(parameters).length;
  const request = { operation: writeOperation(operation) as unknown as WrittenOperation, parameters };
  const { data, error, refetch } = useQuery(scriptQuery([run, node.id], request));
  if (error !== null) return <ProblemNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height={160} />;
  const { text, filename, argv, env } = data;
  return (
    <>
      <Part title={filename}>
        <div className={classes.code}>
          <CodeEditor
            value={text}
            language={languageOf(operation.kind)}
            label={t("node.script")}
            readOnly
            maxLines={40}
          />
        </div>
        {left && <p className={classes.quiet}>{t("node.script.bound")}</p>}
      </Part>
      <Part title={t("node.argv")}>
        <pre className={classes.tail}>{argv.join(" ")}</pre>
      </Part>
      {Object.keys(env).length > 0 && (
        <Part title={t("node.env")}>
          <pre className={classes.tail}>
            {Object.entries(env)
              .map(([name, value]) => `${name}=${value}`)
              .join("\n")}
          </pre>
        </Part>
      )}
    </>
  );
}

function languageOf(kind: string): CodeLanguage {
  return kind.startsWith("python") ? "python" : "shell";
}
