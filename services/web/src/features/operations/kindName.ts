import { textOr } from "@/i18n";

/** A kind in words; those of plugins have their own name. */
export function kindName(kind: string): string {
  return textOr(`operations.kind.${kind}`, kind);
}
