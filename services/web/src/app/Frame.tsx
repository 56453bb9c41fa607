import { useDisclosure, useLocalStorage } from "@mantine/hooks";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import classes from "@/app/Frame.module.css";
import { Navigation } from "@/app/Navigation";
import { TopBar } from "@/app/TopBar";
import { useTexts } from "@/i18n";
import { listenForShortcuts, type Shortcut, useShortcuts } from "@/ui/shortcuts";

const Palette = lazy(() => import("@/app/Palette").then((module) => ({ default: module.Palette })));
const ShortcutOverlay = lazy(() =>
  import("@/app/ShortcutOverlay").then((module) => ({ default: module.ShortcutOverlay })),
);

/** What is around every screen: where one can go, who one is, and whether what is shown is true at this moment. */
export function Frame() {
  const t = useTexts();
  const navigate = useNavigate();
  const [palette, openPalette] = useDisclosure(false);
  const [overlay, openOverlay] = useDisclosure(false);
  const [wide, setWide] = useLocalStorage({ key: "plynx-navigation-wide", defaultValue: false });
  useEffect(listenForShortcuts, []);
  useShortcuts([
    {
      keys: "Mod+k",
      label: "shortcuts.palette",
      scope: "everywhere",
      act: openPalette.toggle,
      inFields: true,
    },
    { keys: "?", label: "shortcuts.show", scope: "everywhere", act: openOverlay.toggle },
    { keys: "g r", label: "nav.runs", scope: "everywhere", act: () => navigate({ to: "/runs" }) },
    { keys: "g g", label: "nav.graphs", scope: "everywhere", act: () => navigate({ to: "/graphs" }) },
    { keys: "g o", label: "nav.operations", scope: "everywhere", act: () => navigate({ to: "/operations" }) },
    { keys: "g f", label: "nav.files", scope: "everywhere", act: () => navigate({ to: "/files" }) },
    { keys: "g p", label: "nav.pools", scope: "everywhere", act: () => navigate({ to: "/pools" }) },
  ] satisfies Shortcut[]);
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#content">
        {t("nav.skip")}
      </a>
      <TopBar openPalette={openPalette.open} openShortcuts={openOverlay.open} />
      <Navigation wide={wide} widen={() => setWide(!wide)} />
      <main id="content" className={classes.content} tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense>
        {palette && <Palette close={openPalette.close} />}
        {overlay && <ShortcutOverlay close={openOverlay.close} />}
      </Suspense>
    </div>
  );
}
