/** A file on its way into the platform: hashed here, its bytes straight to the object store, committed, with a receipt.
 *
 * See docs/reference/transfers.md. What was sent before a connection broke, or the page was closed, is not sent again. */

import { isProblem, Unreachable } from "@/api/problems";
import type { FileReceipt } from "@/api/schema";
import type { MultipartEntry, Wire } from "@/api/uploads/wire";

export type Phase = "hashing" | "sending" | "waiting" | "finishing";
/** `done` and `total` in bytes; `waiting`: for the connection. */
export type Progress = { readonly phase: Phase; readonly done: number; readonly total: number };
export type Local = {
  readonly file: Blob;
  readonly digest: string;
  readonly size: number;
  readonly type: string;
};
/** `wasThere`: the team had these bytes already, nothing was sent. */
export type Outcome = { readonly receipt: FileReceipt; readonly wasThere: boolean };

const THERE_ALREADY = 412;
const LANES = 3;

export async function hashed(
  file: Blob,
  type: string,
  wire: Wire,
  report: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Local> {
  const told = (done: number) => report({ phase: "hashing", done, total: file.size });
  const digest = await wire.digest(file, told, signal);
  return { file, digest, size: file.size, type };
}

export class Transfer {
  private failures = 0;

  constructor(
    private readonly wire: Wire,
    private readonly report: (progress: Progress) => void,
    private readonly signal: AbortSignal,
  ) {}

  /** Until it is there, however often the connection breaks; throws what the platform refuses. */
  async send(local: Local): Promise<Outcome> {
    for (;;) {
      try {
        return await this.once(local);
      } catch (error) {
        this.signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        this.report({ phase: "waiting", done: 0, total: local.size });
        await this.wire.again(this.failures++, this.signal);
      }
    }
  }

  private async once(local: Local): Promise<Outcome> {
    const described = { digest: local.digest, size: local.size, type: local.type };
    const remembered = this.wire.remembered.of(local.digest);
    const asked = remembered === undefined ? described : { ...described, upload: remembered.upload };
    const { uploads } = await this.wire.uploads([asked], this.signal);
    const [entry] = uploads;
    if (entry === undefined) throw new Error("the storage service answered about no upload");
    if (entry.state === "exists") return { receipt: entry.receipt, wasThere: true };
    if (entry.state === "put") await this.sendWhole(local, entry.request);
    else await this.sendParts(local, entry);
    this.report({ phase: "finishing", done: local.size, total: local.size });
    const { receipts } = await this.wire.commits([described], this.signal);
    const [receipt] = receipts;
    if (receipt === undefined) throw new Error("the storage service gave no receipt");
    this.wire.remembered.forget(local.digest);
    return { receipt, wasThere: false };
  }

  private async sendWhole(local: Local, request: Parameters<Wire["put"]>[0]): Promise<void> {
    const told = (done: number) => this.sent(done, local.size);
    told(0);
    const { status, text } = await this.wire.put(request, local.file, told, this.signal);
    if (status >= 400 && status !== THERE_ALREADY) throw this.wire.refusal(status, text);
  }

  private async sendParts(local: Local, entry: MultipartEntry): Promise<void> {
    const { upload, part_size: size, parts } = entry;
    const remembered = this.wire.remembered;
    const etags = new Map<number, string>(remembered.etagsOf(local.digest, upload));
    const sizeOf = (part: number) => Math.min(size, local.size - (part - 1) * size);
    const moving = new Map<number, number>([...etags.keys()].map((part) => [part, sizeOf(part)]));
    const told = () =>
      this.sent(
        [...moving.values()].reduce((sum, done) => sum + done, 0),
        local.size,
      );
    told();
    const waiting = Array.from({ length: parts }, (_, index) => index + 1).filter((part) => !etags.has(part));
    // One lane that fails stops the others: what they have in flight is sent again when the connection is back.
    const lanes = new AbortController();
    const signal = AbortSignal.any([this.signal, lanes.signal]);
    const lane = async () => {
      for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
        const start = (part - 1) * size;
        const blob = local.file.slice(start, start + sizeOf(part));
        const digest = await this.wire.digest(blob, () => undefined, signal);
        const answer = await this.wire.parts(upload, part, [digest], signal);
        const request = answer.parts[0]?.request;
        if (request === undefined) throw new Error(`the storage service signed nothing for part ${part}`);
        const number = part;
        const advance = (done: number) => {
          moving.set(number, done);
          told();
        };
        const { status, etag, text } = await this.wire.put(request, blob, advance, signal);
        if (status >= 400) throw this.wire.refusal(status, text);
        etags.set(part, etag);
        moving.set(part, blob.size);
        remembered.keep(local.digest, upload, part, etag);
      }
    };
    try {
      await Promise.all(Array.from({ length: LANES }, lane));
    } finally {
      lanes.abort();
    }
    this.report({ phase: "finishing", done: local.size, total: local.size });
    await this.complete(
      local,
      upload,
      [...etags].sort(([a], [b]) => a - b).map(([, etag]) => etag),
    );
  }

  private async complete(local: Local, upload: string, etags: readonly string[]): Promise<void> {
    try {
      await this.wire.completions(upload, etags, this.signal);
    } catch (error) {
      // What we remember may be older than what the store has: then everything is sent anew, when somebody asks.
      if (isProblem(error)) this.wire.remembered.forget(local.digest);
      throw error;
    }
  }

  private sent(done: number, total: number): void {
    if (done > 0) this.failures = 0;
    this.report({ phase: "sending", done, total });
  }
}

/** No answer, or one that says: later. */
function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (isProblem(error) && error.problem.status === 503);
}
