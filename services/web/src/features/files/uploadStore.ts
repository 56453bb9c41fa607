/** Uploads of this tab. They go on while one looks at other screens. */

import { create } from "zustand";
import type { FileReceipt } from "@/api/schema";
import { hashed, type Phase, Transfer } from "@/api/uploads";
import { browserWire } from "@/api/uploads/wire";
import { nameOf, typeOf } from "@/features/files/naming";
import { newSpeed, type Speed, speedAfter } from "@/features/files/speed";

export type Stage = Phase | "queued" | "stored" | "failed" | "cancelled" | "named";
export type Naming = {
  readonly name: string;
  readonly title: string;
  readonly type: string;
  readonly tags: readonly string[];
};
export type UploadJob = {
  readonly id: number;
  readonly file: File;
  readonly naming: Naming;
  readonly stage: Stage;
  readonly done: number;
  readonly speed: Speed;
  readonly digest: string | null;
  readonly receipt: FileReceipt | null;
  readonly wasThere: boolean;
  readonly error: unknown;
  /** Of the catalogue, once it has a name there. */
  readonly ref: string | null;
};

type Uploads = { readonly jobs: readonly UploadJob[] };

export const useUploads = create<Uploads>(() => ({ jobs: [] }));

const wire = browserWire();
const stops = new Map<number, AbortController>();
let lastId = 0;
/** One after the other: side by side they would only share the same line. */
let last: Promise<void> = Promise.resolve();

const MOVING: ReadonlySet<Stage> = new Set(["queued", "hashing", "sending", "waiting", "finishing"]);

export function isMoving({ stage }: UploadJob): boolean {
  return MOVING.has(stage);
}

export function add(files: readonly File[]): void {
  const jobs = files.map((file): UploadJob => {
    const naming = { name: nameOf(file.name), title: "", type: typeOf(file.name), tags: [] };
    return { ...blank, id: ++lastId, file, naming, speed: newSpeed() };
  });
  useUploads.setState((state) => ({ jobs: [...state.jobs, ...jobs] }));
  for (const job of jobs) begin(job.id);
}

const blank = {
  stage: "queued",
  done: 0,
  digest: null,
  receipt: null,
  wasThere: false,
  error: null,
  ref: null,
} as const;

export function again(id: number): void {
  change(id, { ...blank, speed: newSpeed() });
  begin(id);
}

export function cancel(id: number): void {
  stops.get(id)?.abort(new DOMException("cancelled", "AbortError"));
  change(id, { stage: "cancelled" });
}

export function remove(id: number): void {
  cancel(id);
  useUploads.setState((state) => ({ jobs: state.jobs.filter((job) => job.id !== id) }));
}

export function name(id: number, naming: Partial<Naming>): void {
  const job = jobOf(id);
  if (job !== undefined) change(id, { naming: { ...job.naming, ...naming } });
}

export function named(id: number, ref: string): void {
  change(id, { stage: "named", ref });
}

/** The receipt with the type that was chosen meanwhile: the bytes are there, nothing is sent again. */
export async function receiptOf(id: number): Promise<FileReceipt> {
  const job = jobOf(id);
  if (job?.receipt == null) throw new Error("the file is not stored yet");
  const { receipt, naming, file } = job;
  if (receipt.type === naming.type) return receipt;
  const local = { file, digest: receipt.digest, size: receipt.size, type: naming.type };
  const stop = new AbortController();
  const outcome = await new Transfer(wire, () => undefined, stop.signal).send(local);
  change(id, { receipt: outcome.receipt });
  return outcome.receipt;
}

function begin(id: number): void {
  const stop = new AbortController();
  stops.set(id, stop);
  last = last.then(() => run(id, stop.signal));
}

async function run(id: number, signal: AbortSignal): Promise<void> {
  const job = jobOf(id);
  if (job === undefined || signal.aborted) return;
  const report = ({ phase, done }: { phase: Phase; done: number }) => {
    const known = jobOf(id);
    if (known === undefined || signal.aborted) return;
    const speed = known.stage === phase ? known.speed : newSpeed();
    change(id, { stage: phase, done, speed: speedAfter(speed, done, performance.now()) });
  };
  try {
    const local = await hashed(job.file, job.naming.type, wire, report, signal);
    change(id, { digest: local.digest });
    const { receipt, wasThere } = await new Transfer(wire, report, signal).send(local);
    change(id, { stage: "stored", done: job.file.size, receipt, wasThere });
  } catch (error) {
    if (!signal.aborted) change(id, { stage: "failed", error });
  } finally {
    stops.delete(id);
  }
}

function jobOf(id: number): UploadJob | undefined {
  return useUploads.getState().jobs.find((job) => job.id === id);
}

function change(id: number, part: Partial<UploadJob>): void {
  useUploads.setState((state) => ({
    jobs: state.jobs.map((job) => (job.id === id ? { ...job, ...part } : job)),
  }));
}

if (typeof window !== "undefined")
  window.addEventListener("beforeunload", (event) => {
    if (useUploads.getState().jobs.some(isMoving)) event.preventDefault();
  });
