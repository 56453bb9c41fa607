import type { NodeView } from "@/api/schema";
import type { Operation } from "@/graph/model";
import { useTexts } from "@/i18n";
import { duration, moment, size } from "@/i18n/format";
import classes from "./Node.module.css";
import { Part } from "./Overview";

/** Where it ran, when, and what it took. */
export function ResourcesUsed({ record, operation }: { record: NodeView; operation: Operation | undefined }) {
  const t = useTexts();
  const seconds = (name: string) => {
    const value = record.timings[name];
    return typeof value === "number" ? duration(value) : null;
  };
  const memory = record.timings.peak_memory;
  const facts: [string, string | null][] = [
    [t("node.pool"), record.pool],
    [t("node.worker"), record.worker],
    [t("node.queued_at"), record.queued_at && moment(record.queued_at)],
    [t("node.started_at"), record.started_at && moment(record.started_at)],
    [t("node.finished_at"), record.finished_at && moment(record.finished_at)],
    [t("phase.preparing"), seconds("preparing")],
    [t("phase.running"), seconds("running")],
    [t("phase.finishing"), seconds("finishing")],
    [t("node.cpu"), seconds("cpu")],
    [t("node.memory"), typeof memory === "number" ? size(memory) : null],
    [t("node.asked"), asked(operation)],
  ];
  return (
    <Part title={t("node.resources")}>
      <dl className={classes.facts}>
        {facts.map(([name, value]) =>
          value ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd className={classes.value}>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
    </Part>
  );
}

function asked(operation: Operation | undefined): string | null {
  if (operation === undefined) return null;
  const { cpu, memory, gpu, tags } = operation.resources;
  const parts = [
    cpu > 0 && `${cpu} CPU`,
    memory > 0 && size(memory),
    gpu > 0 && `${gpu} GPU`,
    ...tags,
  ].filter((part) => part !== false);
  return parts.length === 0 ? null : parts.join(" · ");
}
