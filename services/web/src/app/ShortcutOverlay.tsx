import { SimpleGrid, Stack, Title } from "@mantine/core";
import { useTexts } from "@/i18n";
import { Dialog } from "@/ui/Dialog";
import { type Scope, type Shortcut, useRegisteredShortcuts } from "@/ui/shortcuts";

const SCOPES: readonly Scope[] = ["everywhere", "lists", "canvas", "log"];
const MOD = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";

/** What the keyboard can do on this very screen. */
export function ShortcutOverlay({ close }: { close: () => void }) {
  const t = useTexts();
  const all = useRegisteredShortcuts();
  return (
    <Dialog opened onClose={close} title={t("shortcuts.title")} size="lg">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        {SCOPES.map((scope) => {
          const here = all.filter((shortcut) => shortcut.scope === scope);
          return here.length === 0 ? null : (
            <Stack key={scope} gap={6}>
              <Title order={3}>{t(`shortcuts.${scope}`)}</Title>
              {here.map((shortcut) => (
                <Line key={shortcut.keys} shortcut={shortcut} />
              ))}
            </Stack>
          );
        })}
      </SimpleGrid>
    </Dialog>
  );
}

function Line({ shortcut }: { shortcut: Shortcut }) {
  const t = useTexts();
  return (
    <div style={{ display: "flex", justifyContent: "space-between", gap: 12 }}>
      <span>{t(shortcut.label)}</span>
      <span>
        {shortcut.keys.split(" ").map((keys, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: `g g` presses the same key twice
          <kbd key={`${place} ${keys}`} style={{ marginLeft: 4 }}>
            {keys.replace("Mod", MOD).replaceAll("+", " ")}
          </kbd>
        ))}
      </span>
    </div>
  );
}
