/** What an upload needs of the outside: the calls of docs/reference/transfers.md, the bytes on the wire, and patience. */

import { api, body } from "@/api/client";
import { ProblemError, Unreachable } from "@/api/problems";
import type { FileReceipt, Problem, Upload } from "@/api/schema";
import { digestOf } from "@/api/uploads/hashing";
import { type Remembered, rememberedIn } from "@/api/uploads/remembered";

export type Signed = { method: string; url: string; headers: Record<string, string> };
export type Described = { digest: string; size: number; type: string; upload?: string };
export type MultipartEntry = { state: "multipart"; upload: string; part_size: number; parts: number };
export type UploadEntry =
  | { state: "exists"; receipt: FileReceipt }
  | { state: "put"; request: Signed }
  | MultipartEntry;
export type Answered = { status: number; etag: string; text: string };

export interface Wire {
  uploads(objects: readonly Described[], signal: AbortSignal): Promise<{ uploads: UploadEntry[] }>;
  parts(
    upload: string,
    first: number,
    digests: readonly string[],
    signal: AbortSignal,
  ): Promise<{ parts: { part: number; request: Signed }[] }>;
  completions(upload: string, etags: readonly string[], signal: AbortSignal): Promise<unknown>;
  commits(objects: readonly Described[], signal: AbortSignal): Promise<{ receipts: FileReceipt[] }>;
  aborts(upload: string): Promise<unknown>;
  put(request: Signed, blob: Blob, sent: (bytes: number) => void, signal: AbortSignal): Promise<Answered>;
  digest(blob: Blob, hashed: (bytes: number) => void, signal: AbortSignal): Promise<string>;
  refusal(status: number, text: string): Error;
  /** Resolves when it is worth another try. */
  again(failures: number, signal: AbortSignal): Promise<void>;
  readonly remembered: Remembered;
}

const RENEW_BEFORE = 60_000;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 20_000;

/** By the browser's own means. */
export function browserWire(): Wire {
  let right: Upload | undefined;
  const rightNow = async (): Promise<Upload> => {
    if (right === undefined || Date.parse(right.expires_at) - Date.now() < RENEW_BEFORE)
      right = body(await api.POST("/api/v1/files/uploads"));
    return right;
  };
  const post = async (name: string, content: object, signal?: AbortSignal): Promise<Response> => {
    const { storage_url: url, token } = await rightNow();
    return fetch(`${url}/transfers/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token, ...content }),
      // The token is all that counts there: no cookie shall travel to another origin.
      credentials: "omit",
      signal: signal ?? null,
    }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw new Unreachable(error);
    });
  };
  const call = async <T>(name: string, content: object, signal?: AbortSignal): Promise<T> => {
    let answer = await post(name, content, signal);
    if (answer.status === 401) {
      // By the platform's clock the right is over, whatever ours says.
      right = undefined;
      answer = await post(name, content, signal);
    }
    if (!answer.ok) throw refusal(answer.status, await answer.text());
    return (await answer.json()) as T;
  };
  return {
    uploads: (objects, signal) => call("uploads", { objects }, signal),
    parts: (upload, first, digests, signal) => call("parts", { upload, first, digests }, signal),
    completions: (upload, etags, signal) => call("completions", { upload, etags }, signal),
    commits: (objects, signal) => call("commits", { objects }, signal),
    aborts: (upload) => call("aborts", { upload }),
    put,
    digest: digestOf,
    refusal,
    again,
    remembered: rememberedIn(localStorage),
  };
}

/** The storage service's problem in the API's shape; an object store answers in XML, of which the start is shown. */
function refusal(status: number, text: string): Error {
  const empty = { type: "about:blank", errors: [], remedy: "", request_id: "", status };
  try {
    const said = JSON.parse(text) as Partial<Problem>;
    const title = said.title ?? `HTTP ${status}`;
    return new ProblemError({ ...empty, code: said.code ?? "unexpected_answer", title, detail: title });
  } catch {
    const title = `HTTP ${status}`;
    return new ProblemError({
      ...empty,
      code: "unexpected_answer",
      title,
      detail: text.slice(0, 200) || title,
    });
  }
}

/** `fetch` does not say how much of a body has gone. */
function put(
  { method, url, headers }: Signed,
  blob: Blob,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const settle = () => signal.removeEventListener("abort", abort);
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      // The browser says it itself, and lets nobody else.
      if (name.toLowerCase() !== "content-length") request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded }) => sent(loaded);
    request.onload = () => {
      settle();
      const etag = request.getResponseHeader("etag") ?? "";
      resolve({ status: request.status, etag, text: request.responseText });
    };
    request.onerror = () => {
      settle();
      reject(new Unreachable("the connection broke"));
    };
    request.onabort = () => {
      settle();
      reject(signal.reason);
    };
    if (signal.aborted) reject(signal.reason);
    else {
      signal.addEventListener("abort", abort);
      request.send(blob);
    }
  });
}

/** A growing while, cut short when the browser says that the network is back. */
function again(failures: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures);
    const done = (act: () => void) => () => {
      clearTimeout(timer);
      window.removeEventListener("online", onOnline);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const onOnline = done(resolve);
    const onAbort = done(() => reject(signal.reason));
    const timer = setTimeout(done(resolve), wait);
    window.addEventListener("online", onOnline);
    signal.addEventListener("abort", onAbort);
  });
}
