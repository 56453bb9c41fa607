import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { RunSearch } from "@/features/runs/search";

/** `undefined` takes a part out of the address. */
export type RunPlace = { [P in keyof RunSearch]?: RunSearch[P] | undefined };

export type RunAddress = {
  readonly at: RunSearch;
  readonly go: (change: RunPlace) => void;
  readonly select: (node: string | undefined, change?: RunPlace) => void;
  readonly hrefOf: (change: RunPlace) => string;
};

/** What belongs to one node, and means nothing for another. */
const OF_NODE: RunPlace = { attempt: undefined, stream: undefined, line: undefined, output: undefined };

export function useRunAddress(): RunAddress {
  const at = useSearch({ from: "/runs/$run" });
  const navigate = useNavigate({ from: "/runs/$run" });
  const router = useRouter();
  const go = useCallback(
    (change: RunPlace) =>
      void navigate({
        search: (known) => ({ ...known, ...change }) as RunSearch,
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );
  const select = useCallback(
    (node: string | undefined, change: RunPlace = {}) => go({ ...OF_NODE, node, ...change }),
    [go],
  );
  const hrefOf = useCallback(
    (change: RunPlace) =>
      router.buildLocation({
        from: "/runs/$run",
        to: ".",
        search: (known) => ({ ...known, ...change }) as RunSearch,
      }).href,
    [router],
  );
  return useMemo(() => ({ at, go, select, hrefOf }), [at, go, select, hrefOf]);
}
