import { Code, Loader, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { isProblem } from "@/api/problems";
import { languageOfKind } from "@/features/operations/drafts";
import { errorAt } from "@/features/operations/issues";
import { type Checks, sampleIssues } from "@/features/operations/useChecks";
import { ValueField } from "@/features/operations/ValueField";
import classes from "@/features/operations/Workbench.module.css";
import type { Json, Operation } from "@/graph/model";
import { defaultOf, formatValue } from "@/graph/values";
import { t, useTexts } from "@/i18n";
import { CodeEditor } from "@/ui/CodeEditor";
import { ProblemNotice } from "@/ui/ProblemNotice";

type Props = {
  operation: Operation;
  checks: Checks;
  samples: Readonly<Record<string, Json>>;
  change: (samples: Readonly<Record<string, Json>>) => void;
};

/** What a worker would execute, for values that one can try out. */
export function PreviewPanel({ operation, checks, samples, change }: Props) {
  useTexts();
  const { preview, refusal, isChecking } = checks;
  const names = new Set(operation.parameters.map(({ name }) => name));
  const wrong = sampleIssues(refusal, names);
  const set = (name: string, value: Json) => {
    const { [name]: _, ...others } = samples;
    change(value === null ? others : { ...others, [name]: value });
  };
  return (
    <section className={classes.script} aria-label={t("operations.preview")}>
      <div className={classes.caption}>
        <h2>{t("operations.preview")}</h2>
        <span className={classes.verdict} role="status">
          {isChecking && <Loader size={13} aria-label={t("operations.checking")} />}
          {!isChecking && refusal === null && (
            <>
              <IconCircleCheck size={15} color="var(--state-succeeded)" aria-hidden />
              {t("operations.preview.good")}
            </>
          )}
          {!isChecking && refusal !== null && (
            <>
              <IconAlertTriangle size={15} color="var(--warning)" aria-hidden />
              {t(preview === undefined ? "operations.preview.none" : "operations.preview.old")}
            </>
          )}
        </span>
      </div>
      {operation.parameters.length > 0 && (
        <fieldset className={classes.samples} aria-label={t("operations.samples")}>
          {operation.parameters.map((parameter, index) => {
            const otherwise = defaultOf(parameter);
            return (
              <ValueField
                // biome-ignore lint/suspicious/noArrayIndexKey: a name changes while it is typed, its place does not
                key={index}
                label={parameter.name}
                parameter={parameter}
                value={samples[parameter.name] ?? null}
                onChange={(value) => set(parameter.name, value)}
                placeholder={otherwise.ok ? shown(parameter.type, otherwise.value) : ""}
                error={errorAt(wrong, `/parameters/${parameter.name}`)}
              />
            );
          })}
        </fieldset>
      )}
      {refusal !== null && !isProblem(refusal, "invalid_input") && <ProblemNotice error={refusal} />}
      <div className={classes.rendered} data-old={refusal !== null}>
        <CodeEditor
          value={preview?.text ?? ""}
          language={languageOfKind(operation.kind)}
          label={t("operations.preview.text", { file: preview?.filename ?? "" })}
          readOnly
          minLines={8}
          fill
        />
      </div>
      {preview !== undefined && (
        <details className={classes.variables}>
          <summary>{t("operations.preview.env", { count: Object.keys(preview.env).length })}</summary>
          <Code block>{preview.argv.join(" ")}</Code>
          {Object.entries(preview.env).map(([name, value]) => (
            <Text key={name} size="xs" className="mono" style={{ overflowWrap: "anywhere" }}>
              <span className="quiet">{name}=</span>
              {value}
            </Text>
          ))}
        </details>
      )}
    </section>
  );
}

function shown(type: string, value: Json): string {
  return typeof value === "boolean" ? t(value ? "bool.true" : "bool.false") : formatValue(type, value);
}
