/** Artifact types: what flows through a link and what may stand where; the same table as the platform's. */

import { own } from "./model";

interface ArtifactType {
  /** Its text may become a parameter's value. */
  readonly scalar: boolean;
  /** Other types it is accepted as, besides `file` for everything that is no scalar. */
  readonly standsFor: readonly string[];
}

const FILE: ArtifactType = { scalar: false, standsFor: [] };
const SCALAR: ArtifactType = { scalar: true, standsFor: [] };

const TABLE: Readonly<Record<string, ArtifactType>> = {
  file: FILE,
  json: FILE,
  csv: FILE,
  tsv: FILE,
  text: FILE,
  image: FILE,
  pdf: FILE,
  html: FILE,
  executable: FILE,
  directory: FILE,
  "cloud-storage": FILE,
  parquet: FILE,
  model: FILE,
  metrics: FILE,
  int: { scalar: true, standsFor: ["float"] },
  float: SCALAR,
  str: SCALAR,
  bool: SCALAR,
};

/** Built-in types, in the order of the platform's table; plugins of a server may know more. */
export const TYPE_NAMES: readonly string[] = Object.keys(TABLE);

export function isKnownType(name: string): boolean {
  return Object.hasOwn(TABLE, name);
}

export function isScalar(name: string): boolean {
  return own(TABLE, name)?.scalar ?? false;
}

/** How well an output fits an input: 0 is the same type, then nearly the same, then any file; `null`: not at all. */
export function closeness(inputTypes: readonly string[], outputType: string): number | null {
  // What a plugin of the server declares is taken for a file: the server's own validation is the judge.
  const source = own(TABLE, outputType) ?? FILE;
  if (inputTypes.includes(outputType)) {
    return 0;
  }
  if (inputTypes.some((wanted) => source.standsFor.includes(wanted))) {
    return 1;
  }
  return !source.scalar && inputTypes.includes("file") ? 2 : null;
}

/** May an output of this type be linked to an input of these? */
export function accepts(inputTypes: readonly string[], outputType: string): boolean {
  return closeness(inputTypes, outputType) !== null;
}

/** The CSS variable of a type's colour: `--type-csv`; types of plugins share `--type-other`. */
export function colourToken(type: string): string {
  return isKnownType(type) ? `--type-${type}` : "--type-other";
}
