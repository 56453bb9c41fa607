/** Large uploads that were begun: kept in the browser, so that a page that was closed goes on where it was. */

type Begun = {
  readonly upload: string;
  readonly etags: Readonly<Record<string, string>>;
  readonly at: number;
};

export interface Remembered {
  of(digest: string): Begun | undefined;
  /** Of the parts that the store has; nothing if it is another upload than the one we know. */
  etagsOf(digest: string, upload: string): [number, string][];
  keep(digest: string, upload: string, part: number, etag: string): void;
  forget(digest: string): void;
}

const KEY = "plynx-uploads";
/** The platform lets an upload go on for a day. */
const LIFETIME = 24 * 3_600_000;

export function rememberedIn(
  storage: Pick<Storage, "getItem" | "setItem">,
  now: () => number = Date.now,
): Remembered {
  const read = (): Record<string, Begun> => {
    try {
      return JSON.parse(storage.getItem(KEY) ?? "{}") as Record<string, Begun>;
    } catch {
      // Written by something else: there is nothing that we could go on with.
      return {};
    }
  };
  const write = (all: Record<string, Begun>) => {
    const young = Object.entries(all).filter(([, begun]) => now() - begun.at < LIFETIME);
    storage.setItem(KEY, JSON.stringify(Object.fromEntries(young)));
  };
  const of = (digest: string): Begun | undefined => {
    const begun = read()[digest];
    return begun !== undefined && now() - begun.at < LIFETIME ? begun : undefined;
  };
  return {
    of,
    etagsOf: (digest, upload) => {
      const begun = of(digest);
      if (begun?.upload !== upload) return [];
      return Object.entries(begun.etags).map(([part, etag]) => [Number(part), etag]);
    },
    keep: (digest, upload, part, etag) => {
      const begun = of(digest);
      const etags = begun?.upload === upload ? begun.etags : {};
      const at = begun?.upload === upload ? begun.at : now();
      write({ ...read(), [digest]: { upload, etags: { ...etags, [part]: etag }, at } });
    },
    forget: (digest) => {
      const { [digest]: _, ...others } = read();
      write(others);
    },
  };
}
