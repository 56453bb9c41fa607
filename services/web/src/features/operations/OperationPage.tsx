import { Button, Loader } from "@mantine/core";
import { IconError404 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { operationQuery, placeOf } from "@/api/queries/operations";
import { startOf } from "@/features/operations/drafts";
import { Workbench } from "@/features/operations/Workbench";
import { useTexts } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";
import { ProblemNotice } from "@/ui/ProblemNotice";

const START = startOf("bash_jinja2");

/** `/operations/new` and `/operations/team/name@version`. */
export function OperationPage() {
  const { _splat: reference = "" } = useParams({ from: "/operations/$" });
  if (reference === "new") return <Workbench key="new" stored={null} start={START} />;
  if (placeOf(reference) === null) return <Nothing />;
  return <Known key={reference} reference={reference} />;
}

function Known({ reference }: { reference: string }) {
  const t = useTexts();
  const { data, error, refetch } = useQuery(operationQuery(reference));
  if (error !== null && data === undefined)
    return (
      <div style={{ padding: 20 }}>
        <ProblemNotice error={error} retry={() => void refetch()} />
      </div>
    );
  if (data === undefined) return <Loader m="xl" aria-label={t("loading")} />;
  return <Workbench stored={data} start={START} />;
}

function Nothing() {
  const t = useTexts();
  return (
    <EmptyState
      icon={IconError404}
      title={t("error.not_found")}
      actions={
        <Button renderRoot={(props) => <Link to="/operations" {...props} />} variant="default">
          {t("nav.operations")}
        </Button>
      }
    >
      {t("operations.address")}
    </EmptyState>
  );
}
