import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** Bytes that are read at once. */
const BLOCK = 4 * 1024 * 1024;
/** The browser's own SHA-256 takes all bytes at once: faster, but they must fit into memory. */
const FITS = 32 * 1024 * 1024;

/** SHA-256 in hex, block by block; `null` when it is no longer wanted. */
export async function sha256Of(
  blob: Blob,
  hashed: (bytes: number) => void,
  isWanted: () => boolean = () => true,
): Promise<string | null> {
  // Not there on pages that came by plain HTTP from another machine.
  if (blob.size <= FITS && globalThis.crypto?.subtle !== undefined) {
    const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
    hashed(blob.size);
    return isWanted() ? bytesToHex(new Uint8Array(digest)) : null;
  }
  const hasher = sha256.create();
  for (let start = 0; start < blob.size; start += BLOCK) {
    if (!isWanted()) return null;
    const block = blob.slice(start, start + BLOCK);
    hasher.update(new Uint8Array(await block.arrayBuffer()));
    hashed(Math.min(start + BLOCK, blob.size));
  }
  return bytesToHex(hasher.digest());
}
