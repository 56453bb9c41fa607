import { beforeEach, describe, expect, test } from "vitest";
import { hashed, type Progress, Transfer } from "@/api/uploads";
import { BROKEN, ObjectStore, PART } from "./objectStore";

const SMALL = new Blob(["a,b\n1,2\n"]);
const LARGE = new Blob(["x".repeat(5 * PART - 3)]);

let store: ObjectStore;
let told: Progress[];
let stop: AbortController;
beforeEach(() => {
  store = new ObjectStore();
  told = [];
  stop = new AbortController();
});

async function send(file: Blob) {
  const report = (progress: Progress) => void told.push(progress);
  const local = await hashed(file, "csv", store, report, stop.signal);
  return new Transfer(store, report, stop.signal).send(local);
}

describe("an upload", () => {
  test("of a small file is one request, and a receipt", async () => {
    const { receipt, wasThere } = await send(SMALL);
    expect(receipt).toMatchObject({ size: SMALL.size, type: "csv", signature: "signed" });
    expect(wasThere).toBe(false);
    expect(store.received).toHaveLength(1);
    expect(told.at(-1)?.phase).toBe("finishing");
  });

  test("of what is there already sends nothing", async () => {
    await send(SMALL);
    expect(await send(SMALL)).toMatchObject({ wasThere: true, receipt: { type: "csv" } });
    expect(store.received).toHaveLength(1);
  });

  test("of a large file sends each part once, and remembers nothing afterwards", async () => {
    const { receipt } = await send(LARGE);
    expect([...store.received].sort()).toEqual([1, 2, 3, 4, 5].map((part) => `upload-1/${part}`));
    expect(store.remembered.of(receipt.digest)).toBeUndefined();
    const sent = told.filter(({ phase }) => phase === "sending").map(({ done }) => done);
    expect(sent.at(-1)).toBe(LARGE.size);
  });

  test("goes on where it was when the connection is back", async () => {
    store.failing.set("upload-1/4", BROKEN);
    await send(LARGE);
    expect(store.waits).toBe(1);
    expect(told.some(({ phase }) => phase === "waiting")).toBe(true);
    expect(new Set(store.received)).toEqual(new Set([1, 2, 3, 4, 5].map((part) => `upload-1/${part}`)));
    // Lanes beside the broken one were stopped, and those parts may be sent twice; those that were there are not.
    expect(store.received.filter((url) => url === "upload-1/1")).toHaveLength(1);
  });

  test.each(["uploads", "parts", "completions", "commits"])(
    "is there in the end though the connection breaks at %s",
    async (name) => {
      store.failing.set(name, BROKEN);
      await send(LARGE);
      expect(store.stored.size).toBe(1);
    },
  );

  test("waits where the store says: later", async () => {
    store.failing.set("commits", store.refusal(503, "its disk is full"));
    await send(SMALL);
    expect(store.waits).toBe(1);
  });

  test("says what the store refuses, and begins anew the next time if its parts are not what we think", async () => {
    store.failing.set("completions", store.refusal(422, "part 3 is missing"));
    await expect(send(LARGE)).rejects.toThrow("part 3 is missing");
    await send(LARGE);
    expect(store.received).toHaveLength(10);
  });

  test("ends at once when it is cancelled, and is taken up where it was by another page", async () => {
    store.failing.set("upload-1/5", BROKEN);
    store.again = async () => {
      stop.abort(new DOMException("cancelled", "AbortError"));
      stop.signal.throwIfAborted();
    };
    await expect(send(LARGE)).rejects.toThrow("cancelled");
    const before = store.received.length;
    stop = new AbortController();
    await send(LARGE);
    expect(before + store.received.slice(before).length).toBe(5);
  });
});
