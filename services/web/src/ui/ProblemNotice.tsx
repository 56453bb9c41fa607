import { Alert, Button, Code, Group, List, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnectedX } from "@tabler/icons-react";
import { ProblemError, Unreachable } from "@/api/problems";
import { useTexts } from "@/i18n";

type Props = { error: unknown; retry?: () => void };

/** What went wrong in the platform's own words, with the remedy, the places and the request to ask about. */
export function ProblemNotice({ error, retry }: Props) {
  const t = useTexts();
  const again = retry && (
    <Button size="xs" variant="default" onClick={retry}>
      {t("action.retry")}
    </Button>
  );
  if (error instanceof Unreachable)
    return (
      <Alert
        icon={<IconPlugConnectedX aria-hidden />}
        color="orange"
        title={t("error.unreachable")}
        role="alert"
      >
        <Stack gap="xs" align="flex-start">
          {t("error.unreachable.detail")}
          {again}
        </Stack>
      </Alert>
    );
  const problem = error instanceof ProblemError ? error.problem : null;
  return (
    <Alert
      icon={<IconAlertTriangle aria-hidden />}
      color="red"
      title={problem?.title ?? t("error.title")}
      role="alert"
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{problem?.detail ?? String(error)}</Text>
        {problem !== null && problem.errors.length > 0 && (
          <List size="sm">
            {problem.errors.map((issue) => (
              <List.Item key={`${issue.pointer} ${issue.code} ${issue.detail}`}>
                <Code>{issue.pointer || "/"}</Code> {issue.detail}
              </List.Item>
            ))}
          </List>
        )}
        {problem?.remedy && <Text size="sm">{problem.remedy}</Text>}
        <Group gap="sm">
          {again}
          {problem?.request_id && (
            <Text size="xs" className="quiet mono">
              {problem.code} · {t("error.request", { id: problem.request_id })}
            </Text>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
