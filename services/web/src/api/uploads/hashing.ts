/** SHA-256 of files beside the page, so that it stays responsive. */

export type HashOrder = { readonly id: number; readonly blob: Blob };
export type HashWord =
  | { readonly id: number; readonly done: number }
  | { readonly id: number; readonly digest: string }
  | { readonly id: number; readonly failed: string };

type Waiting = {
  readonly resolve: (digest: string) => void;
  readonly reject: (error: unknown) => void;
  readonly hashed: (bytes: number) => void;
};

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, Waiting>();

/** In hex. */
export function digestOf(blob: Blob, hashed: (bytes: number) => void, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  worker ??= started();
  const { promise, resolve, reject } = deferred<string>();
  const id = ++lastId;
  const cancel = () => {
    waiting.delete(id);
    worker?.postMessage({ id, cancel: true });
    reject(signal.reason);
  };
  signal.addEventListener("abort", cancel, { once: true });
  waiting.set(id, { resolve, reject, hashed });
  worker.postMessage({ id, blob } satisfies HashOrder);
  return promise.finally(() => signal.removeEventListener("abort", cancel));
}

function started(): Worker {
  const made = new Worker(new URL("./hashing.worker.ts", import.meta.url), { type: "module" });
  made.onmessage = ({ data }: MessageEvent<HashWord>) => {
    const one = waiting.get(data.id);
    if (one === undefined) return;
    if ("done" in data) return one.hashed(data.done);
    waiting.delete(data.id);
    if ("digest" in data) one.resolve(data.digest);
    else one.reject(new Error(data.failed));
  };
  return made;
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
