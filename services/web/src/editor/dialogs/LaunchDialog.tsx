import { Button, Checkbox, Group, Stack } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlayerPlayFilled } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { planGraph } from "@/api/queries/graphs";
import { createRun, runKeys } from "@/api/queries/runs";
import classes from "@/editor/dialogs/Dialogs.module.css";
import { useLastRun } from "@/editor/dialogs/useLastRun";
import { PlanCounts } from "@/editor/PlanBar";
import propertyClasses from "@/editor/properties/Properties.module.css";
import { ValueField, type ValueFieldProps } from "@/editor/properties/ValueField";
import { asBody } from "@/editor/saving";
import { isSameGraph, open, useEditor, useGraph } from "@/editor/store";
import { PLAIN } from "@/editor/toolbar/useErrands";
import { savingOf } from "@/editor/useSavedBySelf";
import { type GraphDocument, type Json, own, type Parameter } from "@/graph/model";
import { defaultOf } from "@/graph/values";
import { useTexts } from "@/i18n";
import { Dialog } from "@/ui/Dialog";
import { ProblemNotice } from "@/ui/ProblemNotice";

type Values = Readonly<Record<string, Json>>;
const TYPING = 400;

/** What the graph asks for, what a run will do with it, and the button that starts it. */
export function LaunchDialog() {
  const t = useTexts();
  const editor = useEditor();
  const graph = useGraph();
  const [values, setValues] = useState<Values>({});
  const [round, setRound] = useState(0);
  const [refused, setRefused] = useState<ReadonlySet<string>>(new Set());
  const [force, setForce] = useState(false);
  const last = useLastRun(editor.getState().id);
  const { start, error, busy } = useStart(graph, values, force);
  const lastValues = last && knownValues(graph, last.parameters);
  /** Another round: what was typed and refused goes as well. */
  function begin(given: Values): void {
    setValues(given);
    setRefused(new Set());
    setRound(round + 1);
  }
  function refuse(name: string, isRefused: boolean): void {
    setRefused((known) => new Set(isRefused ? [...known, name] : [...known].filter((one) => one !== name)));
  }
  return (
    <Dialog
      opened
      onClose={() => open(editor, null)}
      size="lg"
      title={t("launch.title", { title: graph.title || t("editor.untitled") })}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (refused.size === 0) void start();
        }}
      >
        <Stack gap="md">
          {graph.parameters.length === 0 ? (
            <div className="quiet">{t("launch.no_parameters")}</div>
          ) : (
            <Group gap="xs">
              <Button size="xs" variant="default" onClick={() => begin({})}>
                {t("launch.defaults")}
              </Button>
              {lastValues && (
                <Button size="xs" variant="default" onClick={() => begin(lastValues)}>
                  {t("launch.same")}
                </Button>
              )}
            </Group>
          )}
          {graph.parameters.map((parameter) => (
            <Field
              key={`${round} ${parameter.name}`}
              parameter={parameter}
              value={own(values, parameter.name) ?? initial(parameter)}
              onChange={(value) => setValues({ ...values, [parameter.name]: value })}
              onRefused={(isRefused) => refuse(parameter.name, isRefused)}
            />
          ))}
          <Checkbox
            label={t("launch.force")}
            checked={force}
            onChange={(event) => setForce(event.currentTarget.checked)}
          />
          <Preview graph={graph} values={values} force={force} />
          {error !== null && <ProblemNotice error={error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => open(editor, null)}>
              {t("action.cancel")}
            </Button>
            <Button
              type="submit"
              data-autofocus={graph.parameters.length === 0 || undefined}
              loading={busy}
              disabled={refused.size > 0}
              leftSection={<IconPlayerPlayFilled size={15} aria-hidden />}
            >
              {t("launch.start")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

type FieldProps = Required<Pick<ValueFieldProps, "parameter" | "value" | "onChange" | "onRefused">>;

function Field(props: FieldProps) {
  const t = useTexts();
  const { parameter } = props;
  return (
    <div className={propertyClasses.field}>
      <div className={propertyClasses.label}>
        <span>{parameter.name}</span>
        <small>
          {parameter.type}
          {parameter.required && ` · ${t("props.required")}`}
        </small>
      </div>
      <ValueField {...props} label={parameter.name} />
      {parameter.description && <div className={propertyClasses.about}>{parameter.description}</div>}
    </div>
  );
}

/** While one still types, the plan before stays. */
function Preview({ graph, values, force }: { graph: GraphDocument; values: Values; force: boolean }) {
  const t = useTexts();
  const [settled] = useDebouncedValue({ values, force }, TYPING);
  const { data, error, isFetching } = useQuery({
    queryKey: ["plan", graph, settled],
    queryFn: () =>
      planGraph({ ...PLAIN, graph: asBody(graph), force: settled.force, parameters: settled.values }),
    placeholderData: (before) => before,
    gcTime: 0,
    retry: false,
  });
  if (error) return <ProblemNotice error={error} />;
  return (
    <section className={classes.plan} aria-label={t("launch.plan")} aria-busy={isFetching} role="status">
      {data ? <PlanCounts plan={data} /> : t("launch.planning")}
    </section>
  );
}

/** Saved first: the run belongs to the graph as it is seen. The key makes a second press the same run. */
function useStart(graph: GraphDocument, values: Values, force: boolean) {
  const editor = useEditor();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [key] = useState(() => `launch-${performance.timeOrigin}-${performance.now()}-${graph.nodes.length}`);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  async function start(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      if (!(await savingOf(editor).now())) return;
      const { id, saved } = editor.getState();
      const source = isSameGraph(saved.graph, graph) ? { graph_id: id } : { graph: asBody(graph) };
      const run = await createRun({ ...PLAIN, ...source, force, parameters: { ...values } }, key);
      void client.invalidateQueries({ queryKey: runKeys.lists });
      void navigate({ to: "/runs/$run", params: { run: run.id } });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  return { start, error, busy };
}

function initial(parameter: Parameter): Json {
  if (parameter.required && parameter.default === null) return null;
  const read = defaultOf(parameter);
  return read.ok ? read.value : parameter.default;
}

/** Of an older run: what the graph still asks for. */
function knownValues(graph: GraphDocument, parameters: { [key: string]: unknown }): Values {
  const known = graph.parameters.filter(({ name }) => Object.hasOwn(parameters, name));
  return Object.fromEntries(known.map(({ name }) => [name, parameters[name] as Json]));
}
