/** Icons and words of what stands on a card. */

import {
  type Icon,
  IconAlertTriangle,
  IconBox,
  IconBrandPython,
  IconClock,
  IconFile,
  IconPlayerPlay,
  IconPrompt,
  IconQuestionMark,
  IconRefreshDot,
  IconSchema,
  IconTerminal2,
} from "@tabler/icons-react";

const KINDS: Readonly<Record<string, Icon>> = {
  "": IconQuestionMark,
  file: IconFile,
  python: IconBrandPython,
  command: IconPrompt,
  bash_jinja2: IconTerminal2,
  graph: IconSchema,
};

export function kindIcon(kind: string): Icon {
  return KINDS[kind] ?? IconBox;
}

interface Outcome {
  readonly icon: Icon;
  readonly color: string;
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  stored: { icon: IconFile, color: "var(--state-waiting)" },
  restored: { icon: IconRefreshDot, color: "var(--state-restored)" },
  reused: { icon: IconRefreshDot, color: "var(--state-restored)" },
  executed: { icon: IconPlayerPlay, color: "var(--state-running)" },
  depends: { icon: IconClock, color: "var(--state-backoff)" },
};

export function outcomeLook(outcome: string): Outcome {
  return OUTCOMES[outcome] ?? { icon: IconAlertTriangle, color: "var(--warning)" };
}
