import { ActionIcon, Group } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "@/features/operations/Workbench.module.css";
import { useTexts } from "@/i18n";

type Props = {
  /** Its name, for the labels of the buttons. */
  name: string;
  /** A custom property: the colour of its type. */
  color: string;
  isReadOnly: boolean;
  remove: () => void;
  move: (by: 1 | -1) => void;
  head: ReactNode;
  children?: ReactNode;
};

/** One of a list that can be put in order. */
export function ItemCard({ name, color, isReadOnly, remove, move, head, children }: Props) {
  const t = useTexts();
  return (
    <fieldset className={classes.item} aria-label={name} style={{ "--item": `var(${color})` }}>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <div className={classes.head}>{head}</div>
        {!isReadOnly && (
          <Group gap={2} wrap="nowrap">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              onClick={() => move(-1)}
              aria-label={t("operations.up", { name })}
            >
              <IconArrowUp size={15} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              onClick={() => move(1)}
              aria-label={t("operations.down", { name })}
            >
              <IconArrowDown size={15} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="red"
              size="sm"
              onClick={remove}
              aria-label={t("operations.remove", { name })}
            >
              <IconTrash size={15} aria-hidden />
            </ActionIcon>
          </Group>
        )}
      </Group>
      {children}
    </fieldset>
  );
}
