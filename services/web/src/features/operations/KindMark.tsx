import {
  type Icon,
  IconBox,
  IconBrandPython,
  IconPrompt,
  IconSchema,
  IconTerminal2,
} from "@tabler/icons-react";
import { kindName } from "@/features/operations/kindName";
import { useTexts } from "@/i18n";

const ICONS: Readonly<Record<string, Icon>> = {
  python: IconBrandPython,
  command: IconPrompt,
  bash_jinja2: IconTerminal2,
  graph: IconSchema,
};

export function KindMark({ kind }: { kind: string }) {
  useTexts();
  const KindIcon = ICONS[kind] ?? IconBox;
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 6, whiteSpace: "nowrap" }}>
      <KindIcon size={16} stroke={1.7} color="var(--text-quiet)" aria-hidden />
      {kindName(kind)}
    </span>
  );
}
