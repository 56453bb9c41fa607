/** Runs in a worker: one order after the other, cancelled between two blocks. */

import type { HashOrder, HashWord } from "@/api/uploads/hashing";
import { sha256Of } from "@/api/uploads/sha256";

type Cancel = { readonly id: number; readonly cancel: true };

const cancelled = new Set<number>();
let last: Promise<void> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<HashOrder | Cancel>) => {
  if ("cancel" in data) cancelled.add(data.id);
  else last = last.then(() => work(data));
};

async function work({ id, blob }: HashOrder): Promise<void> {
  const say = (word: HashWord) => self.postMessage(word);
  try {
    const isWanted = () => !cancelled.has(id);
    const digest = await sha256Of(blob, (done) => say({ id, done }), isWanted);
    if (digest !== null) say({ id, digest });
  } catch (error) {
    say({ id, failed: error instanceof Error ? error.message : String(error) });
  } finally {
    cancelled.delete(id);
  }
}
