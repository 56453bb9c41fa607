/** The far end of an upload as docs/reference/transfers.md describes it, in memory; connections break where a test says. */

import { createHash } from "node:crypto";
import { ProblemError, Unreachable } from "@/api/problems";
import { rememberedIn } from "@/api/uploads/remembered";
import type { Answered, Described, Signed, UploadEntry, Wire } from "@/api/uploads/wire";

export const PART = 10;

export class ObjectStore implements Wire {
  readonly stored = new Set<string>();
  readonly received: string[] = [];
  /** What fails next, by name of the call: once each. */
  readonly failing = new Map<string, Error>();
  waits = 0;
  private readonly parts_ = new Map<string, Map<number, string>>();
  private uploadsBegun = 0;
  private readonly kept = new Map<string, string>();
  readonly remembered = rememberedIn({
    getItem: (key) => this.kept.get(key) ?? null,
    setItem: (key, value) => void this.kept.set(key, value),
  });

  async uploads(objects: readonly Described[]): Promise<{ uploads: UploadEntry[] }> {
    this.fail("uploads");
    return { uploads: objects.map((object) => this.begin(object)) };
  }

  private begin({ digest, size, type, upload }: Described): UploadEntry {
    if (this.stored.has(digest)) return { state: "exists", receipt: receipt({ digest, size, type }) };
    if (size <= 2 * PART) return { state: "put", request: signed(`whole/${digest}`) };
    const known = upload !== undefined && this.parts_.has(upload) ? upload : `upload-${++this.uploadsBegun}`;
    if (known !== upload) this.parts_.set(known, new Map());
    return { state: "multipart", upload: known, part_size: PART, parts: Math.ceil(size / PART) };
  }

  async parts(upload: string, first: number, digests: readonly string[]) {
    this.fail("parts");
    return {
      parts: digests.map((_, at) => ({ part: first + at, request: signed(`${upload}/${first + at}`) })),
    };
  }

  async put(
    { url }: Signed,
    blob: Blob,
    sent: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<Answered> {
    signal.throwIfAborted();
    this.fail(url);
    const digest = await this.digest(blob);
    sent(blob.size);
    this.received.push(url);
    const [upload = "", part] = url.split("/");
    if (upload !== "whole") this.parts_.get(upload)?.set(Number(part), digest);
    return { status: 200, etag: `"${digest}"`, text: "" };
  }

  async completions(upload: string, etags: readonly string[]): Promise<unknown> {
    this.fail("completions");
    const parts = [...(this.parts_.get(upload) ?? [])].sort(([a], [b]) => a - b);
    const expected = parts.map(([, digest]) => `"${digest}"`);
    if (JSON.stringify(etags) !== JSON.stringify(expected)) throw this.refusal(422, "parts are missing");
    return {};
  }

  async commits(objects: readonly Described[]) {
    this.fail("commits");
    for (const { digest } of objects) this.stored.add(digest);
    return { receipts: objects.map(receipt) };
  }

  async aborts(): Promise<unknown> {
    return {};
  }

  async digest(blob: Blob): Promise<string> {
    return createHash("sha256")
      .update(new Uint8Array(await blob.arrayBuffer()))
      .digest("hex");
  }

  refusal(status: number, title: string): Error {
    const problem = { type: "about:blank", errors: [], remedy: "", request_id: "", status, title };
    return new ProblemError({ ...problem, code: "refused", detail: title });
  }

  async again(): Promise<void> {
    this.waits += 1;
  }

  private fail(name: string): void {
    const error = this.failing.get(name);
    this.failing.delete(name);
    if (error !== undefined) throw error;
  }
}

export const BROKEN = new Unreachable("the connection broke");

function signed(url: string): Signed {
  return { method: "PUT", url, headers: {} };
}

function receipt({ digest, size, type }: Described) {
  return { digest, size, type, signature: "signed" };
}
