import type { Texts } from "@/i18n";
import { editor } from "@/i18n/zh/editor";
import { frame } from "@/i18n/zh/frame";
import { operations } from "@/i18n/zh/operations";
import { runs } from "@/i18n/zh/runs";

export const zh: Texts = { ...frame, ...editor, ...runs, ...operations };
