import { Badge, Group, Table, Text } from "@mantine/core";
import { IconCircleCheck, IconHelpCircle } from "@tabler/icons-react";
import type { WorkerView } from "@/api/schema";
import classes from "@/features/pools/Pools.module.css";
import { useNow } from "@/features/pools/useNow";
import { useTexts } from "@/i18n";
import { ago, moment, size } from "@/i18n/format";

export function WorkersTable({ workers }: { workers: readonly WorkerView[] }) {
  const t = useTexts();
  const now = useNow();
  if (workers.length === 0) return <Text className="quiet">{t("pools.workers.none")}</Text>;
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table className={classes.table} aria-label={t("pools.workers")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("pools.worker")}</Table.Th>
            <Table.Th>{t("pools.worker.state")}</Table.Th>
            <Table.Th>{t("pools.worker.seen")}</Table.Th>
            <Table.Th>{t("pools.slots")}</Table.Th>
            <Table.Th>{t("pools.worker.capacity")}</Table.Th>
            <Table.Th>{t("pools.worker.serves")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {workers.map(({ worker, incarnation, is_live, seen_at, slots, free, capacity, pools }) => (
            <Table.Tr key={`${worker} ${incarnation}`}>
              <Table.Td>
                <span style={{ fontWeight: 600 }}>{worker}</span>
              </Table.Td>
              <Table.Td>
                <span
                  className={classes.state}
                  style={{ color: is_live ? "var(--state-succeeded)" : "var(--warning)" }}
                >
                  {is_live ? (
                    <IconCircleCheck size={16} aria-hidden />
                  ) : (
                    <IconHelpCircle size={16} aria-hidden />
                  )}
                  {t(is_live ? "pools.worker.live" : "pools.worker.silent")}
                </span>
              </Table.Td>
              <Table.Td>
                <time dateTime={seen_at} title={moment(seen_at)}>
                  {ago(seen_at, Math.max(now, Date.parse(seen_at)))}
                </time>
              </Table.Td>
              <Table.Td>
                <Slots used={slots - free} all={slots} />
              </Table.Td>
              <Table.Td>
                <Group gap={6}>
                  {capacityWords(capacity).map((words) => (
                    <span key={words} className="quiet">
                      {words}
                    </span>
                  ))}
                  {tagsOf(capacity).map((tag) => (
                    <Badge key={tag} size="xs" variant="default" tt="none" fw={500}>
                      {tag}
                    </Badge>
                  ))}
                </Group>
              </Table.Td>
              <Table.Td className="quiet">{pools.join(", ")}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );

  function capacityWords(capacity: WorkerView["capacity"]): string[] {
    const { cpu, memory, gpu } = capacity;
    return [
      ...(typeof cpu === "number" && cpu > 0 ? [t("pools.cores", { count: cpu })] : []),
      ...(typeof memory === "number" && memory > 0 ? [size(memory)] : []),
      ...(typeof gpu === "number" && gpu > 0 ? [t("pools.gpus", { count: gpu })] : []),
    ];
  }
}

function tagsOf({ tags }: WorkerView["capacity"]): string[] {
  return Array.isArray(tags) ? tags.map(String) : [];
}

const MOST_BOXES = 16;

/** One box a slot, as long as one can count them. */
function Slots({ used, all }: { used: number; all: number }) {
  const t = useTexts();
  return (
    <span className={classes.slots}>
      {all <= MOST_BOXES &&
        Array.from({ length: all }, (_, slot) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: slots have nothing but their place
          <span key={slot} className={classes.slot} data-used={slot < used} aria-hidden />
        ))}
      <span>{t("pools.slots.used", { used, all })}</span>
    </span>
  );
}
