import { Menu } from "@mantine/core";
import { IconBan, IconCopy, IconPlayerPlay, IconRefresh, IconRefreshAlert } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { RUN_ENDED } from "@/api/runFacts";
import type { RunAct } from "@/features/runs/rerunning";
import { useTexts } from "@/i18n";

type Run = { id: string; title: string; state: string };
type Props = {
  run: Run;
  act: (act: RunAct) => void;
  target: ReactNode;
  withCancel?: boolean;
  defaultOpened?: boolean;
};

/** What one can do with a run. */
export function RunMenu({ run, act, target, withCancel = true, defaultOpened = false }: Props) {
  const t = useTexts();
  const isOver = RUN_ENDED.has(run.state);
  const again = (how: "unsuccessful" | "all" | "force") => act({ act: "rerun", run: run.id, how });
  return (
    <Menu position="bottom-end" withinPortal defaultOpened={defaultOpened}>
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        {withCancel && !isOver && (
          <Menu.Item
            color="red"
            leftSection={<IconBan size={15} aria-hidden />}
            disabled={run.state === "cancelling"}
            onClick={() => act({ act: "cancel", run: run.id })}
          >
            {t("run.cancel")}
          </Menu.Item>
        )}
        {isOver && run.state !== "succeeded" && (
          <Menu.Item
            leftSection={<IconPlayerPlay size={15} aria-hidden />}
            onClick={() => again("unsuccessful")}
          >
            {t("run.rerun.unsuccessful")}
          </Menu.Item>
        )}
        {isOver && (
          <>
            <Menu.Item leftSection={<IconRefresh size={15} aria-hidden />} onClick={() => again("all")}>
              {t("run.rerun.all")}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconRefreshAlert size={15} aria-hidden />}
              onClick={() => again("force")}
            >
              {t("run.rerun.force")}
            </Menu.Item>
          </>
        )}
        <Menu.Item
          leftSection={<IconCopy size={15} aria-hidden />}
          onClick={() => act({ act: "clone", run: run.id })}
        >
          {t("run.clone")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
