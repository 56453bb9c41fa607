import { expect, test } from "vitest";
import { commandFor } from "@/features/pools/commandFor";
import { demandOf } from "@/features/pools/demand";

test("a pool with room shows what is free", () => {
  expect(demandOf({ slots: 8, running: 2, ready: 1 })).toEqual({
    shares: [
      { part: "running", count: 2 },
      { part: "ready", count: 1 },
      { part: "free", count: 5 },
    ],
    capacityAt: 100,
    missing: 0,
  });
});

test("where more is asked than there is, the bar shows where the capacity ends", () => {
  expect(demandOf({ slots: 4, running: 4, ready: 12 })).toMatchObject({ capacityAt: 25, missing: 12 });
  expect(demandOf({ slots: 0, running: 0, ready: 3 })).toMatchObject({ capacityAt: 0, missing: 3 });
  expect(demandOf({ slots: 0, running: 0, ready: 0 })).toEqual({ shares: [], capacityAt: 0, missing: 0 });
});

test("the command of a worker names it, its pools and its token", () => {
  const made = { worker: "vision-2", pools: ["vision/gpu", "vision/cpu"], token: "plx_x", expires_at: "" };
  expect(commandFor(made)).toContain(
    "PLYNX_WORKER_NAME=vision-2 \\\nPLYNX_WORKER_POOLS=vision/gpu,vision/cpu \\\nPLYNX_WORKER_TOKEN=plx_x \\\nplynx worker",
  );
});
