/** JSON pointers, RFC 6901. */

export function pointer(...steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${String(step).replace(/~/g, "~0").replace(/\//g, "~1")}`).join("");
}

export function pointerSteps(path: string): string[] {
  return path
    .split("/")
    .slice(1)
    .map((step) => step.replace(/~1/g, "/").replace(/~0/g, "~"));
}
