/** What a file will be called in the catalogue, guessed from what it is called on the disk. */

import { OPERATION_NAME } from "@/graph/operationChecks";

/** As `plynx artifact put` guesses: by the end of the name; a zip is an archive, not a directory. */
const TYPES: Readonly<Record<string, string>> = {
  csv: "csv",
  tsv: "tsv",
  txt: "text",
  pdf: "pdf",
  html: "html",
  parquet: "parquet",
  json: "json",
  png: "image",
  jpg: "image",
  jpeg: "image",
  gif: "image",
  webp: "image",
  svg: "image",
};
const ANYTHING = "file";
const LONGEST = 63;

export function typeOf(filename: string): string {
  const suffix = /\.([^.]+)$/.exec(filename)?.[1]?.toLowerCase();
  return suffix !== undefined && Object.hasOwn(TYPES, suffix) ? (TYPES[suffix] ?? ANYTHING) : ANYTHING;
}

export function nameOf(filename: string): string {
  const stem = filename.replace(/(?<=.)\.[^.]*$/, "");
  const words = stem
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[^a-z0-9]+|-+$/g, "");
  return words.slice(0, LONGEST) || "file";
}

export function isName(name: string): boolean {
  return OPERATION_NAME.test(name);
}
