import { Button, Loader, Text } from "@mantine/core";
import { IconPlus, IconServerOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLivePools } from "@/api/live";
import { poolsQuery, workersQuery } from "@/api/queries/pools";
import { AddWorker } from "@/features/pools/AddWorker";
import { PoolCard } from "@/features/pools/PoolCard";
import classes from "@/features/pools/Pools.module.css";
import { useTexts } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { ProblemNotice } from "@/ui/ProblemNotice";

/** Where work is done: what each pool could do at this moment, next to what is asked of it. */
export function PoolsPage() {
  const t = useTexts();
  useLivePools();
  const pools = useQuery(poolsQuery());
  const workers = useQuery(workersQuery());
  const [adding, setAdding] = useState<string | null>(null);
  const shown = pools.data?.items ?? [];
  const error = pools.error ?? workers.error;
  const total = (part: "slots" | "running" | "ready") => shown.reduce((sum, pool) => sum + pool[part], 0);
  return (
    <>
      <PageHeader
        title={t("nav.pools")}
        beside={
          shown.length > 0 && (
            <Text className="quiet" size="sm">
              {t("pools.summary", {
                running: total("running"),
                slots: total("slots"),
                ready: total("ready"),
              })}
            </Text>
          )
        }
        actions={
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding("default")}>
            {t("pools.add")}
          </Button>
        }
      />
      <div className={classes.page}>
        {error !== null && (
          <ProblemNotice
            error={error}
            retry={() => {
              void pools.refetch();
              void workers.refetch();
            }}
          />
        )}
        {pools.isPending && error === null && <Loader m="xl" aria-label={t("loading")} />}
        {pools.data !== undefined && shown.length === 0 && (
          <EmptyState
            icon={IconServerOff}
            title={t("pools.empty")}
            actions={<Button onClick={() => setAdding("default")}>{t("pools.add")}</Button>}
          >
            {t("pools.empty.detail")}
          </EmptyState>
        )}
        {shown.map((pool) => (
          <PoolCard
            key={pool.pool}
            pool={pool}
            workers={(workers.data?.items ?? []).filter((worker) => worker.pools.includes(pool.pool))}
            addWorker={() => setAdding(pool.pool)}
          />
        ))}
      </div>
      {adding !== null && <AddWorker pool={adding} close={() => setAdding(null)} />}
    </>
  );
}
