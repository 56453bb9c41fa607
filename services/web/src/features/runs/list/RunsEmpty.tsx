import { Button, Code } from "@mantine/core";
import { IconFilterOff, IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTexts } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";

/** Nothing at all, or nothing behind the filter. */
export function RunsEmpty({ isFiltered }: { isFiltered: boolean }) {
  const t = useTexts();
  if (isFiltered)
    return (
      <EmptyState
        icon={IconFilterOff}
        title={t("runs.empty.filtered")}
        actions={
          <Button variant="default" component={Link} to="/runs">
            {t("runs.filter.clear")}
          </Button>
        }
      />
    );
  return (
    <EmptyState
      icon={IconPlayerPlay}
      title={t("runs.empty")}
      actions={
        <Button component={Link} to="/graphs">
          {t("runs.empty.graphs")}
        </Button>
      }
    >
      <p>{t("runs.empty.what")}</p>
      <p>
        {t("runs.empty.demo")} <Code>plynx demo</Code>
      </p>
    </EmptyState>
  );
}
