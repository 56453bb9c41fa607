import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { sha256Of } from "@/api/uploads/sha256";

const MIB = 1024 * 1024;

test.each([
  ["nothing", 0],
  ["what fits into memory", 3 * MIB + 7],
  ["what is read block by block", 33 * MIB + 1],
])("the digest of %s is that of the bytes", async (_, length) => {
  const bytes = randomBytes(length);
  const told: number[] = [];
  const digest = await sha256Of(new Blob([bytes]), (done) => told.push(done));
  expect(digest).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(told.at(-1)).toBe(length);
  expect(told).toEqual([...told].sort((a, b) => a - b));
});

test("what is no longer wanted is not read to its end", async () => {
  const told: number[] = [];
  const blob = new Blob([new Uint8Array(40 * MIB)]);
  const digest = await sha256Of(
    blob,
    (done) => told.push(done),
    () => told.length < 2,
  );
  expect(digest).toBeNull();
  expect(told).toEqual([4 * MIB, 8 * MIB]);
});
