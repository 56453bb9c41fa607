import { SimpleGrid, Stack, Title } from "@mantine/core";
import { Fragment } from "react";
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
    <Dialog opened onClose={close} title={t("shortcuts.title")} size="xl">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        {SCOPES.map((scope) => {
          const here = all.filter((shortcut) => shortcut.scope === scope);
          const labels = [...new Set(here.map(({ label }) => label))];
          return here.length === 0 ? null : (
            <Stack key={scope} gap={6}>
              <Title order={3}>{t(`shortcuts.${scope}`)}</Title>
              {labels.map((label) => (
                <Line
                  key={label}
                  same={here.filter((shortcut) => shortcut.label === label)}
                  label={t(label)}
                />
              ))}
            </Stack>
          );
        })}
      </SimpleGrid>
    </Dialog>
  );
}

/** `same`: several ways to do it. */
function Line({ same, label }: { same: readonly Shortcut[]; label: string }) {
  return (
    <div style={{ display: "flex", justifyContent: "space-between", gap: 12 }}>
      <span>{label}</span>
      <span style={{ textAlign: "right" }}>
        {same.map(({ keys }, at) => (
          <Fragment key={keys}>
            {at > 0 && <span className="quiet"> / </span>}
            <Keys keys={keys} />
          </Fragment>
        ))}
      </span>
    </div>
  );
}

/** Pressed one after the other. */
function Keys({ keys }: { keys: string }) {
  return keys.split(" ").map((pressed, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: `g g` presses the same key twice
    <kbd key={`${place} ${pressed}`} style={{ marginLeft: 4 }}>
      {pressed === "+" ? pressed : pressed.replace("Mod", MOD).replaceAll("+", " ")}
    </kbd>
  ));
}
