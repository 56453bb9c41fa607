import { ActionIcon, Group, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "@/features/operations/Workbench.module.css";
import { useTexts } from "@/i18n";

type Props = {
  name: string;
  rename: (name: string) => void;
  /** What is wrong with the name. */
  error: string | undefined;
  /** A custom property: the colour of its type. */
  color: string;
  isReadOnly: boolean;
  remove: () => void;
  move: (by: 1 | -1) => void;
  children?: ReactNode;
};

/** One of a list that can be put in order. */
export function ItemCard({ name, rename, error, color, isReadOnly, remove, move, children }: Props) {
  const t = useTexts();
  return (
    <fieldset className={classes.item} aria-label={name} style={{ "--item": `var(${color})` }}>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <div className={classes.head}>
          <TextInput
            aria-label={t("operations.field.name")}
            value={name}
            onChange={(event) => rename(event.currentTarget.value)}
            readOnly={isReadOnly}
            error={error}
            spellCheck={false}
            size="xs"
            classNames={{ input: "mono" }}
          />
        </div>
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
