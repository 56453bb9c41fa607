import { editor } from "@/i18n/en/editor";
import { frame } from "@/i18n/en/frame";
import { operations } from "@/i18n/en/operations";
import { runs } from "@/i18n/en/runs";

/** Every text of the application: one file per part, keys start with the part's nouns. */
export const en = { ...frame, ...editor, ...runs, ...operations };
