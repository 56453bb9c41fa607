export const runs = {} as const satisfies Record<string, string>;
