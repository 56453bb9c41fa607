import { expect, test } from "vitest";
import { t } from "@/i18n";

test("a word follows its number", () => {
  expect(t("log.lines", { lines: "1", size: "27 B" })).toBe("1 line · 27 B");
  expect(t("log.lines", { lines: "1,052", size: "9.2 KiB" })).toBe("1,052 lines · 9.2 KiB");
  expect(t("pools.summary", { running: 1, slots: 4, ready: 0 })).toBe("1 of 4 slots in use, 0 nodes wait");
  expect(t("pools.summary", { running: 4, slots: 4, ready: 1 })).toBe("4 of 4 slots in use, 1 node waits");
});

test("a value that is missing is seen", () => {
  expect(t("log.lines", { size: "27 B" })).toBe("{lines} {lines:line|lines} · 27 B");
});
