import { ActionIcon } from "@mantine/core";
import { IconKeyboard, IconSearch, IconUserCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { lazy } from "react";
import classes from "@/app/Frame.module.css";
import { useTexts } from "@/i18n";
import { LiveBadge } from "@/ui/LiveBadge";
import { MenuOnDemand } from "@/ui/MenuOnDemand";

const UserMenu = lazy(() => import("@/app/UserMenu").then((module) => ({ default: module.UserMenu })));

export function TopBar({
  openPalette,
  openShortcuts,
}: {
  openPalette: () => void;
  openShortcuts: () => void;
}) {
  const t = useTexts();
  return (
    <header className={classes.bar}>
      <Link to="/runs" className={classes.brand}>
        <img src="/assets/plynx.svg" alt="" width={24} height={24} />
        PLynx
      </Link>
      <button type="button" className={classes.search} onClick={openPalette}>
        <IconSearch size={15} aria-hidden />
        {t("palette.open")}
        <kbd>Ctrl K</kbd>
      </button>
      <LiveBadge />
      <ActionIcon
        variant="subtle"
        color="gray"
        onClick={openShortcuts}
        title={t("shortcuts.show")}
        aria-label={t("shortcuts.show")}
      >
        <IconKeyboard size={18} aria-hidden />
      </ActionIcon>
      <MenuOnDemand
        label={t("user.menu")}
        icon={<IconUserCircle size={20} aria-hidden />}
        menu={(target) => <UserMenu target={target} />}
      />
    </header>
  );
}
