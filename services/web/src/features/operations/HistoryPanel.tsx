import { Anchor, Loader, Stack, Text, Timeline, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { placeOf, usageQuery, versionsQuery } from "@/api/queries/operations";
import type { GraphSummaryView } from "@/api/schema";
import { versionOf } from "@/features/operations/filtering";
import { StatusMark } from "@/features/operations/StatusMark";
import { useTexts } from "@/i18n";
import { ago, moment } from "@/i18n/format";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { StateMark } from "@/ui/StateMark";

/** Its versions, and who uses this one. */
export function HistoryPanel({ reference }: { reference: string }) {
  const t = useTexts();
  const place = placeOf(reference);
  const versions = useQuery(versionsQuery(place?.team ?? "", place?.name ?? ""));
  const usage = useQuery(usageQuery(reference));
  const shown = versions.data?.map(versionOf) ?? [];
  return (
    <Stack gap="lg">
      <section aria-label={t("operations.versions")}>
        <Title order={3} mb="sm">
          {t("operations.versions")}
        </Title>
        {versions.error !== null && <ProblemNotice error={versions.error} />}
        <Timeline bulletSize={22} lineWidth={2}>
          {shown.map(({ ref, operation, updatedAt }) => (
            <Timeline.Item
              key={ref}
              bullet={<span style={{ fontSize: 11 }}>{operation.version}</span>}
              title={
                <span style={{ display: "inline-flex", gap: 8, alignItems: "center" }}>
                  <Link
                    to="/operations/$"
                    params={{ _splat: ref }}
                    search={{ tab: "history" }}
                    aria-current={ref === reference ? "page" : undefined}
                    style={{ color: "var(--text)", fontWeight: ref === reference ? 650 : 450 }}
                  >
                    {t("operations.version", { version: operation.version })}
                  </Link>
                  <StatusMark status={operation.status} />
                </span>
              }
            >
              {operation.changelog !== "" && <Text size="sm">{operation.changelog}</Text>}
              <Text size="xs" className="quiet">
                {operation.author} · <time title={moment(updatedAt)}>{ago(updatedAt)}</time>
              </Text>
            </Timeline.Item>
          ))}
        </Timeline>
      </section>
      {usage.isPending && <Loader size="sm" aria-label={t("loading")} />}
      {usage.error !== null && <ProblemNotice error={usage.error} />}
      {usage.data !== undefined && (
        <>
          <Graphs title={t("operations.usage.graphs")} graphs={usage.data.graphs} />
          {usage.data.following.length > 0 && (
            <Graphs title={t("operations.usage.following")} graphs={usage.data.following} />
          )}
          <section aria-label={t("operations.usage.runs")}>
            <Title order={3} mb="xs">
              {t("operations.usage.runs")}
            </Title>
            {usage.data.runs.length === 0 && <Text className="quiet">{t("operations.usage.none")}</Text>}
            {usage.data.runs.map(({ id, state, created_at }) => (
              <div key={id} style={{ display: "flex", gap: 10, padding: "3px 0" }}>
                <StateMark state={state} />
                <Anchor
                  renderRoot={(props) => <Link to="/runs/$run" params={{ run: id }} {...props} />}
                  className="mono"
                  truncate
                >
                  {id}
                </Anchor>
                <span className="quiet" style={{ whiteSpace: "nowrap" }}>
                  {created_at !== null && ago(created_at)}
                </span>
              </div>
            ))}
          </section>
        </>
      )}
    </Stack>
  );
}

function Graphs({ title, graphs }: { title: string; graphs: readonly GraphSummaryView[] }) {
  const t = useTexts();
  return (
    <section aria-label={title}>
      <Title order={3} mb="xs">
        {title}
      </Title>
      {graphs.length === 0 && <Text className="quiet">{t("operations.usage.none")}</Text>}
      {graphs.map(({ id, title: of, name, updated_at }) => (
        <div key={id} style={{ display: "flex", gap: 10, padding: "3px 0" }}>
          <Anchor renderRoot={(props) => <Link to="/graphs/$graph" params={{ graph: id }} {...props} />}>
            {of || name || id}
          </Anchor>
          <span className="quiet">{ago(updated_at)}</span>
        </div>
      ))}
    </section>
  );
}
