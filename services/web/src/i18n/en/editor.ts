import { canvas } from "@/i18n/en/canvas";

/** The graph editor and the list of graphs. */
export const editor = { ...canvas } as const satisfies Record<string, string>;
