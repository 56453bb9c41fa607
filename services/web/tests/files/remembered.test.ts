import { beforeEach, expect, test } from "vitest";
import { rememberedIn } from "@/api/uploads/remembered";

const HOUR = 3_600_000;
const kept = new Map<string, string>();
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
};
beforeEach(() => kept.clear());

test("parts are remembered for their upload only, also by the next page", () => {
  const page = rememberedIn(storage);
  page.keep("9f86", "first", 1, '"a"');
  page.keep("9f86", "first", 3, '"c"');
  const next = rememberedIn(storage);
  expect(next.of("9f86")?.upload).toBe("first");
  expect(next.etagsOf("9f86", "first")).toEqual([
    [1, '"a"'],
    [3, '"c"'],
  ]);
  expect(next.etagsOf("9f86", "second")).toEqual([]);
});

test("another upload of the same bytes takes the place of the first", () => {
  const page = rememberedIn(storage);
  page.keep("9f86", "first", 1, '"a"');
  page.keep("9f86", "second", 2, '"b"');
  expect(page.etagsOf("9f86", "second")).toEqual([[2, '"b"']]);
});

test("after a day, as when it is done, nothing is left", () => {
  let now = 0;
  const page = rememberedIn(storage, () => now);
  page.keep("9f86", "first", 1, '"a"');
  page.keep("60f0", "other", 1, '"a"');
  page.forget("60f0");
  expect(page.of("60f0")).toBeUndefined();
  now = 25 * HOUR;
  expect(page.of("9f86")).toBeUndefined();
  page.keep("fd61", "new", 1, '"a"');
  expect([...kept.values()].join()).not.toContain("9f86");
});

test("what something else has written there is nothing to go on with", () => {
  kept.set("plynx-uploads", "{broken");
  expect(rememberedIn(storage).of("9f86")).toBeUndefined();
});
