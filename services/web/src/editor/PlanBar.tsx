import { CloseButton } from "@mantine/core";
import type { PlanView } from "@/api/schema";
import { outcomeLook } from "@/canvas/labels";
import classes from "@/editor/Editor.module.css";
import { isSameGraph, useEditor, useEditorState } from "@/editor/store";
import { textOr, useTexts } from "@/i18n";
import { duration } from "@/i18n/format";

/** The plan in numbers; what becomes of each node stands on the nodes. */
export function PlanBar() {
  const t = useTexts();
  const editor = useEditor();
  const plan = useEditorState(({ plan: known, history }) =>
    known && isSameGraph(known.graph, history.present) ? known.answer : null,
  );
  if (plan === null) return null;
  return (
    <section className={classes.plan} aria-label={t("editor.plan")}>
      <PlanCounts plan={plan} />
      <CloseButton
        size="sm"
        aria-label={t("editor.plan_clear")}
        onClick={() => editor.setState({ plan: null })}
      />
    </section>
  );
}

export function PlanCounts({ plan }: { plan: PlanView }) {
  const t = useTexts();
  return (
    <>
      {Object.entries(plan.counts).map(([outcome, count]) => {
        const { icon: Icon, color } = outcomeLook(outcome);
        return (
          <span key={outcome} className={classes.count}>
            <Icon size={15} color={color} aria-hidden />
            {t("launch.count", { outcome: textOr(`plan.${outcome}`, outcome), count })}
          </span>
        );
      })}
      {plan.seconds !== null && plan.seconds > 0 && (
        <span className="quiet">{t("editor.plan_total", { time: duration(plan.seconds) })}</span>
      )}
    </>
  );
}
