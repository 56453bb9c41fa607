import { ActionIcon } from "@mantine/core";
import { type ReactElement, type ReactNode, Suspense, useState } from "react";

type Props = {
  label: string;
  icon: ReactNode;
  /** The menu, loaded lazily, open, with this very button as its target. */
  menu: (target: ReactElement) => ReactNode;
};

/** A button whose menu is fetched when it is first wanted: the first page need not carry what places menus. */
export function MenuOnDemand({ label, icon, menu }: Props) {
  const [isWanted, setWanted] = useState(false);
  const button = (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={label}
      aria-haspopup="menu"
      onClick={isWanted ? undefined : () => setWanted(true)}
    >
      {icon}
    </ActionIcon>
  );
  return isWanted ? <Suspense fallback={button}>{menu(button)}</Suspense> : button;
}
