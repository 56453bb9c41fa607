/** Bytes a second, smoothed, so that a number can be read. */

export type Speed = { readonly rate: number; readonly done: number; readonly at: number | null };

const SMOOTHING = 0.25;
const AT_LEAST_MS = 200;

export function newSpeed(): Speed {
  return { rate: 0, done: 0, at: null };
}

/** `at` in milliseconds. */
export function speedAfter(speed: Speed, done: number, at: number): Speed {
  if (speed.at === null || done < speed.done) return { rate: 0, done, at };
  const passed = at - speed.at;
  if (passed < AT_LEAST_MS) return speed;
  const now = ((done - speed.done) * 1000) / passed;
  const rate = speed.rate === 0 ? now : speed.rate + SMOOTHING * (now - speed.rate);
  return { rate, done, at };
}

/** Seconds; `null` while nobody can tell. */
export function secondsLeft({ rate }: Speed, done: number, total: number): number | null {
  return rate > 0 ? Math.max(0, total - done) / rate : null;
}
