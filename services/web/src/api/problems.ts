import type { Problem } from "@/api/schema";

/** What the API answers when it refuses: RFC 9457, with a stable `code`, a `remedy` and pointers into the body. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = "ProblemError";
  }

  get code(): string {
    return this.problem.code;
  }
}

/** No answer at all: the platform is away, or the network is. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("unreachable", { cause });
    this.name = "Unreachable";
  }
}

export function isProblem(error: unknown, code?: string): error is ProblemError {
  return error instanceof ProblemError && (code === undefined || error.code === code);
}

/** The problem in an answer; one in our own words where a proxy in between answered with something else. */
export async function problemOf(answer: Response): Promise<Problem> {
  const type = answer.headers.get("content-type") ?? "";
  if (type.startsWith("application/problem+json")) return (await answer.json()) as Problem;
  return {
    type: "about:blank",
    code: "unexpected_answer",
    errors: [],
    title: answer.statusText || `HTTP ${answer.status}`,
    status: answer.status,
    detail: `The server answered with HTTP ${answer.status}.`,
    remedy: "",
    request_id: answer.headers.get("x-request-id") ?? "",
  };
}
