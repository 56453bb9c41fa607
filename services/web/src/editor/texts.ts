/** What `src/graph` says in codes, in the reader's language. */

import type { Label } from "@/graph/commands";
import type { Issue } from "@/graph/issues";
import type { Refusal } from "@/graph/linking";
import type { ValueRefusal } from "@/graph/refusals";
import { t, textOr } from "@/i18n";

export function labelText({ key, params }: Label): string {
  return textOr(key, key, params);
}

export function refusalText(refusal: Refusal): string {
  const { code, ...rest } = refusal;
  const values = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(name === "path" ? " → " : " | ") : (value as string | number),
    ]),
  );
  return textOr(`refusal.${code}`, code, values);
}

export function valueText({ code, params, item }: ValueRefusal): string {
  const text = textOr(`value.${code}`, code, params);
  return item === undefined ? text : t("value.item", { number: item + 1, text });
}

export function issueText({ code, params, refusal }: Issue): string {
  const bare = textOr(`issue.${code}`, code, params);
  const text = refusal ? `${bare}. ${valueText(refusal)}` : bare;
  const { suggestion } = params;
  return suggestion === undefined ? text : t("issue.suggestion", { text: bare, suggestion });
}
