import { Badge } from "@mantine/core";
import { IconCircleCheck, IconCircleOff, IconClockExclamation, IconPencil } from "@tabler/icons-react";
import type { OperationStatus } from "@/graph/model";
import { useTexts } from "@/i18n";

const LOOKS = {
  draft: { Icon: IconPencil, color: "var(--state-ready)" },
  ready: { Icon: IconCircleCheck, color: "var(--state-succeeded)" },
  deprecated: { Icon: IconClockExclamation, color: "var(--warning)" },
  retired: { Icon: IconCircleOff, color: "var(--text-quiet)" },
} as const;

/** By icon, colour and word. */
export function StatusMark({ status }: { status: OperationStatus }) {
  const t = useTexts();
  const { Icon, color } = LOOKS[status];
  return (
    <Badge
      variant="default"
      radius="sm"
      tt="none"
      fw={550}
      leftSection={<Icon size={13} aria-hidden />}
      style={{ color, borderColor: "var(--line)", flexShrink: 0, minWidth: "max-content" }}
      data-status={status}
    >
      {t(`status.${status}`)}
    </Badge>
  );
}
