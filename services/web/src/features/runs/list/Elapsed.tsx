import { useNow } from "@/canvas/useNow";
import { duration, secondsBetween } from "@/i18n/format";

type Props = { run: { created_at: string | null; started_at: string | null; finished_at: string | null } };

/** How long a run took, or takes by now. */
export function Elapsed({ run: { created_at, started_at, finished_at } }: Props) {
  const since = started_at ?? created_at;
  const now = useNow(since !== null && finished_at === null);
  return since === null ? "–" : duration(secondsBetween(since, finished_at, now));
}
