import type { RunState } from "@/api/schema";
import { RUN_STATES } from "@/features/runs/search";
import { useTexts } from "@/i18n";
import { StateIcon } from "@/ui/StateMark";
import classes from "./Runs.module.css";

type Props = { chosen: readonly RunState[]; choose: (states: RunState[]) => void };

export function StateFilter({ chosen, choose }: Props) {
  const t = useTexts();
  return (
    <fieldset className={classes.filter}>
      <legend className="visually-hidden">{t("runs.filter.state")}</legend>
      {RUN_STATES.map((state) => {
        const isChosen = chosen.includes(state);
        return (
          <button
            key={state}
            type="button"
            className={classes.chip}
            aria-pressed={isChosen}
            onClick={() => choose(isChosen ? chosen.filter((one) => one !== state) : [...chosen, state])}
          >
            <StateIcon state={state} size={14} />
            {t(`state.${state}`)}
          </button>
        );
      })}
    </fieldset>
  );
}
