import { createHash } from "node:crypto";
import { transform } from "lightningcss";
import type { Plugin, Rolldown } from "vite";

/** Mantine's classes: one for each part of a component, and named in the component's own code. */
const CLASS = /\bm_[0-9a-f]{4,8}\b/g;

/** Drops the styles of Mantine's components that the application does not use: their classes are in none of its scripts. */
export function pruneStyles(): Plugin {
  return {
    name: "prune-styles",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const files = Object.values(bundle);
      const used = new Set(
        files.flatMap((file) => (file.type === "chunk" ? (file.code.match(CLASS) ?? []) : [])),
      );
      for (const file of files) {
        if (file.type !== "asset" || !file.fileName.endsWith(".css") || !textOf(file).match(CLASS)) continue;
        const source = pruned(file, used);
        // The name tells of the content, and browsers keep it for ever: what depends on the scripts needs a name that does.
        const fileName = file.fileName.replace(
          /-[\w-]{8}\.css$/,
          `-${createHash("sha256").update(source).digest("hex").slice(0, 8)}.css`,
        );
        rename(files, file.fileName, fileName);
        delete bundle[file.fileName];
        this.emitFile({ type: "asset", fileName, source });
      }
    },
  };
}

function rename(files: Rolldown.OutputBundle[string][], before: string, after: string): void {
  for (const file of files) {
    if (file.type === "chunk" && file.code.includes(before)) {
      throw new Error(
        `${file.fileName} names ${before}: import Mantine's styles where index.html loads them, in main.tsx`,
      );
    }
    if (file.type === "asset" && file.fileName.endsWith(".html"))
      file.source = textOf(file).replaceAll(before, after);
  }
}

function textOf({ source }: Rolldown.OutputAsset): string {
  return typeof source === "string" ? source : new TextDecoder().decode(source);
}

function pruned(file: Rolldown.OutputAsset, used: ReadonlySet<string>): string {
  const { code } = transform({
    filename: file.fileName,
    code: new TextEncoder().encode(textOf(file)),
    minify: true,
    visitor: {
      Rule: {
        style(rule) {
          const isUnused = rule.value.selectors.every((selector) =>
            selector.some(
              (part) => part.type === "class" && part.name.startsWith("m_") && !used.has(part.name),
            ),
          );
          return isUnused ? [] : undefined;
        },
      },
    },
  });
  return new TextDecoder().decode(code);
}
