import { expect, test } from "vitest";
import { newSpeed, secondsLeft, speedAfter } from "@/features/files/speed";

test("speed is bytes a second, and nobody can tell before two looks", () => {
  const first = speedAfter(newSpeed(), 0, 1_000);
  expect(secondsLeft(first, 0, 100)).toBeNull();
  const second = speedAfter(first, 50, 2_000);
  expect(second.rate).toBe(50);
  expect(secondsLeft(second, 50, 100)).toBe(1);
});

test("speed follows slowly, and looks that come too fast change nothing", () => {
  const steady = speedAfter(speedAfter(newSpeed(), 0, 0), 100, 1_000);
  expect(speedAfter(steady, 900, 1_050)).toBe(steady);
  const faster = speedAfter(steady, 500, 2_000);
  expect(faster.rate).toBeGreaterThan(100);
  expect(faster.rate).toBeLessThan(400);
});

test("what begins anew has no speed yet", () => {
  const steady = speedAfter(speedAfter(newSpeed(), 0, 0), 100, 1_000);
  expect(speedAfter(steady, 0, 2_000).rate).toBe(0);
});
