import { Anchor, Button, Loader, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lineagePagesQuery } from "@/api/queries/files";
import type { Producer } from "@/api/schema";
import classes from "@/features/files/Files.module.css";
import { useTexts } from "@/i18n";
import { ago, count } from "@/i18n/format";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { StateMark } from "@/ui/StateMark";

const SHORT = 12;

/** Read off the runs, the newest first; whoever wants to know more goes on to older ones. */
export function Lineage({ digest }: { digest: string }) {
  const t = useTexts();
  const query = useInfiniteQuery(lineagePagesQuery(digest));
  const pages = query.data?.pages ?? [];
  const files = [...new Set(pages.flatMap((page) => page.files))];
  const producers = pages.flatMap((page) => page.produced_by);
  const consumers = pages.flatMap((page) => page.used_by);
  const examined = pages.reduce((sum, page) => sum + page.examined, 0);
  if (query.error !== null) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Loader size="sm" aria-label={t("loading")} />;
  return (
    <>
      {files.length > 0 && (
        <section className={classes.lineage} aria-label={t("artifact.files")}>
          <Title order={2}>{t("artifact.files")}</Title>
          {files.map((ref) => (
            <Anchor key={ref} renderRoot={(props) => <Link to="/files" search={{ file: ref }} {...props} />}>
              {ref}
            </Anchor>
          ))}
        </section>
      )}
      <section className={classes.lineage} aria-label={t("artifact.produced_by")}>
        <Title order={2}>{t("artifact.produced_by")}</Title>
        {producers.length === 0 && <Text className="quiet">{t("artifact.produced_by.none")}</Text>}
        {producers.map((producer) => (
          <Made key={`${producer.run} ${producer.node} ${producer.output}`} producer={producer} />
        ))}
      </section>
      <section className={classes.lineage} aria-label={t("artifact.used_by")}>
        <Title order={2}>{t("artifact.used_by")}</Title>
        {consumers.length === 0 && <Text className="quiet">{t("artifact.used_by.none")}</Text>}
        {consumers.map(({ run, node, input, operation, state }) => (
          <div key={`${run} ${node} ${input}`} className={classes.use}>
            <StateMark state={state} />
            <NodeLink run={run} node={node} />
            <span className="quiet">{t("artifact.as", { port: input, operation })}</span>
          </div>
        ))}
      </section>
      <Text size="sm" className="quiet">
        {t("artifact.examined", { count: count(examined) })}
      </Text>
      {query.hasNextPage && (
        <Button
          size="xs"
          variant="default"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t("artifact.older")}
        </Button>
      )}
    </>
  );
}

function Made({
  producer: { run, node, output, operation, state, inputs, finished_at },
}: {
  producer: Producer;
}) {
  const t = useTexts();
  const sources = Object.entries(inputs).flatMap(([input, digests]) =>
    digests.map((digest) => ({ input, digest })),
  );
  return (
    <div>
      <div className={classes.use}>
        <StateMark state={state} />
        <NodeLink run={run} node={node} />
        <span className="quiet">
          {t("artifact.as", { port: output, operation })}
          {finished_at !== null && ` · ${ago(finished_at)}`}
        </span>
      </div>
      {sources.length > 0 && (
        <ul className={classes.sources} aria-label={t("artifact.made_of")}>
          {sources.map(({ input, digest }) => (
            <li key={`${input} ${digest}`}>
              <span className="quiet">{input} ← </span>
              <Anchor
                className="mono"
                renderRoot={(props) => <Link to="/artifacts/$digest" params={{ digest }} {...props} />}
              >
                {digest.slice(0, SHORT)}
              </Anchor>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function NodeLink({ run, node }: { run: string; node: string }) {
  return (
    <Anchor
      fw={600}
      renderRoot={(props) => <Link to="/runs/$run" params={{ run }} search={{ node }} {...props} />}
    >
      {node}
      <span className="quiet mono" style={{ fontWeight: 400 }}>
        {" "}
        {run.slice(0, SHORT)}…
      </span>
    </Anchor>
  );
}
