import type { PoolView } from "@/api/schema";
import { demandOf } from "@/features/pools/demand";
import classes from "@/features/pools/Pools.module.css";
import { useTexts } from "@/i18n";

/** What is asked of a pool, next to what it can do. */
export function DemandBar({ pool }: { pool: PoolView }) {
  const t = useTexts();
  const { shares, capacityAt, missing } = demandOf(pool);
  const words = t("pools.demand", { demand: pool.demand, slots: pool.slots });
  return (
    <div>
      <div className={classes.bar} role="img" aria-label={words}>
        {shares.map(({ part, count }) => (
          <span key={part} className={classes.share} data-part={part} style={{ flexGrow: count }} />
        ))}
        {missing > 0 && <span className={classes.capacity} style={{ left: `${capacityAt}%` }} />}
      </div>
      <div className={classes.legend}>
        {shares.map(({ part, count }) => (
          <span key={part}>
            <span className={classes.key} data-part={part} aria-hidden />
            {t(`pools.share.${part}`, { count })}
          </span>
        ))}
        <span className={missing > 0 ? classes.missing : "quiet"}>
          {missing > 0 ? t("pools.missing", { count: missing }) : words}
        </span>
      </div>
    </div>
  );
}
