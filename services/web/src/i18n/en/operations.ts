export const operations = {} as const satisfies Record<string, string>;
