import { ActionIcon, Tooltip } from "@mantine/core";
import { IconKeyboard, IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import classes from "@/app/Frame.module.css";
import { UserMenu } from "@/app/UserMenu";
import { useTexts } from "@/i18n";
import { LiveBadge } from "@/ui/LiveBadge";

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
      <Tooltip label={t("shortcuts.show")}>
        <ActionIcon variant="subtle" color="gray" onClick={openShortcuts} aria-label={t("shortcuts.show")}>
          <IconKeyboard size={18} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <UserMenu />
    </header>
  );
}
