import { Button, Code, Stack } from "@mantine/core";
import { IconBug, IconMapOff } from "@tabler/icons-react";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { useTexts } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";

export function NotFound() {
  const t = useTexts();
  const home = (
    <Button component={Link} to="/runs" variant="default">
      {t("nav.runs")}
    </Button>
  );
  return (
    <EmptyState icon={IconMapOff} title={t("error.not_found")} actions={home}>
      {t("error.not_found.detail")}
    </EmptyState>
  );
}

/** A defect of ours: says so, shows what to report, and offers the way out. */
export function Crashed({ error }: ErrorComponentProps) {
  const t = useTexts();
  const reload = <Button onClick={() => window.location.reload()}>{t("error.reload")}</Button>;
  return (
    <EmptyState icon={IconBug} title={t("error.crashed")} actions={reload}>
      <Stack gap="xs">
        {t("error.crashed.detail")}
        <Code block>{error instanceof Error ? (error.stack ?? error.message) : String(error)}</Code>
      </Stack>
    </EmptyState>
  );
}
