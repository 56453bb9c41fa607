import { QueryClient } from "@tanstack/react-query";
import { ProblemError } from "@/api/problems";

/** The one cache of what the server has said. Live facts keep it true, so nothing is fetched on a timer. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // A refusal stays one; only what got no answer, or a busy server's, is tried again.
      retry: (failures, error) =>
        failures < 3 && !(error instanceof ProblemError && error.problem.status < 500),
    },
  },
});
