import createClient, { type Middleware } from "openapi-fetch";
import { ProblemError, problemOf, Unreachable } from "@/api/problems";
import type { paths } from "@/api/schema";

/** The API, typed by its document. Every refusal is thrown as a `ProblemError`, every silence as `Unreachable`. */
export const api = createClient<paths>({ baseUrl: window.location.origin });

const refusals: Middleware = {
  async onResponse({ response }) {
    if (response.status === 401) signInAgain();
    if (!response.ok) throw new ProblemError(await problemOf(response));
    return undefined;
  },
  onError({ error }) {
    return new Unreachable(error);
  },
};

api.use(refusals);

/** The session is over: back to this very page after the sign-in. */
function signInAgain(): void {
  const { pathname, search } = window.location;
  window.location.assign(`/login?next=${encodeURIComponent(pathname + search)}`);
}

/** The body of an answer that has one. */
export function body<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new Error("the answer has no body");
  return answer.data;
}

/** The revision to send as `If-Match` with the next change. */
export function etagOf(answer: { response: Response }): string {
  return answer.response.headers.get("etag") ?? "";
}
