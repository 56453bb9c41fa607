import { Alert, Button, Group, Title } from "@mantine/core";
import { IconAlertTriangle, IconPlus } from "@tabler/icons-react";
import type { PoolView, WorkerView } from "@/api/schema";
import { DemandBar } from "@/features/pools/DemandBar";
import classes from "@/features/pools/Pools.module.css";
import { WaitingNodes } from "@/features/pools/WaitingNodes";
import { WorkersTable } from "@/features/pools/WorkersTable";
import { useTexts } from "@/i18n";
import { count } from "@/i18n/format";

type Props = { pool: PoolView; workers: readonly WorkerView[]; addWorker: () => void };

export function PoolCard({ pool, workers, addWorker }: Props) {
  const t = useTexts();
  const facts = [
    { label: t("pools.slots"), value: pool.slots, hint: t("pools.slots.hint") },
    { label: t("pools.running"), value: pool.running, hint: t("pools.running.hint") },
    { label: t("pools.free"), value: pool.free, hint: t("pools.free.hint") },
    { label: t("pools.ready"), value: pool.ready, hint: t("pools.ready.hint") },
    { label: t("pools.workers"), value: pool.workers, hint: t("pools.workers.hint") },
  ];
  return (
    <section className={classes.pool} aria-label={pool.pool}>
      <Group justify="space-between">
        <Title order={2} className="mono">
          {pool.pool}
        </Title>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={addWorker}
          aria-label={t("pools.add.to", { pool: pool.pool })}
        >
          {t("pools.add")}
        </Button>
      </Group>
      <dl className={classes.facts}>
        {facts.map(({ label, value, hint }) => (
          <div key={label} title={hint}>
            <dt>{label}</dt>
            <dd>{count(value)}</dd>
          </div>
        ))}
      </dl>
      <DemandBar pool={pool} />
      {pool.workers === 0 && pool.ready > 0 && (
        <Alert color="orange" icon={<IconAlertTriangle aria-hidden />} role="alert">
          {t("pools.nobody", { count: pool.ready })}
        </Alert>
      )}
      <WorkersTable workers={workers} />
      {pool.ready > 0 && <WaitingNodes pool={pool} />}
    </section>
  );
}
