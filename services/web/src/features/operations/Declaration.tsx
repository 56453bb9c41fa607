import { Badge, Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { AboutForm } from "@/features/operations/AboutForm";
import type { FormProps } from "@/features/operations/form";
import { HistoryPanel } from "@/features/operations/HistoryPanel";
import { countWithin } from "@/features/operations/issues";
import { ParametersForm } from "@/features/operations/ParametersForm";
import { PortsForm } from "@/features/operations/PortsForm";
import { RunningForm } from "@/features/operations/RunningForm";
import { OPERATION_TABS, type OperationTab } from "@/features/operations/search";
import classes from "@/features/operations/Workbench.module.css";
import { useTexts } from "@/i18n";

type Props = FormProps & { isNew: boolean; reference: string | null };

/** Where in the document each tab's fields are. */
const PLACES: Readonly<Record<OperationTab, readonly string[]>> = {
  about: ["/name", "/kind", "/title", "/description", "/tags", "/changelog", "/team", "/version"],
  ports: ["/inputs", "/outputs"],
  parameters: ["/parameters"],
  running: [
    "/pool",
    "/_timeout",
    "/retries",
    "/retry_delay",
    "/retry_on",
    "/resources",
    "/environment",
    "/env",
    "/on_lost",
    "/quoting",
  ],
  history: [],
};

/** What an operation says of itself; the tab stands in the address. */
export function Declaration({ isNew, reference, ...form }: Props) {
  const t = useTexts();
  const { tab = "about" } = useSearch({ from: "/operations/$" });
  const navigate = useNavigate({ from: "/operations/$" });
  return (
    <Tabs
      value={tab}
      onChange={(value) =>
        void navigate({ search: { tab: (value ?? "about") as OperationTab }, replace: true })
      }
      className={classes.declaration}
      keepMounted={false}
    >
      <Tabs.List className={classes.tabs} aria-label={t("operations.parts")}>
        {OPERATION_TABS.filter((name) => name !== "history" || !isNew).map((name) => {
          const mistakes = countWithin(form.issues, PLACES[name]);
          return (
            <Tabs.Tab
              key={name}
              value={name}
              rightSection={
                mistakes > 0 && (
                  <Badge
                    size="xs"
                    color="red"
                    circle
                    aria-label={t("operations.mistakes", { count: mistakes })}
                  >
                    {mistakes}
                  </Badge>
                )
              }
            >
              {t(`operations.tab.${name}`)}
            </Tabs.Tab>
          );
        })}
      </Tabs.List>
      <Tabs.Panel value="about" className={classes.panel}>
        <AboutForm {...form} isNew={isNew} />
      </Tabs.Panel>
      <Tabs.Panel value="ports" className={classes.panel}>
        <PortsForm {...form} />
      </Tabs.Panel>
      <Tabs.Panel value="parameters" className={classes.panel}>
        <ParametersForm {...form} />
      </Tabs.Panel>
      <Tabs.Panel value="running" className={classes.panel}>
        <RunningForm {...form} />
      </Tabs.Panel>
      {reference !== null && (
        <Tabs.Panel value="history" className={classes.panel}>
          <HistoryPanel reference={reference} />
        </Tabs.Panel>
      )}
    </Tabs>
  );
}
