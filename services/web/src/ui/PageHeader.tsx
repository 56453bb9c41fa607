import { Group, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "@/ui/PageHeader.module.css";

type Props = { title: ReactNode; beside?: ReactNode; actions?: ReactNode };

/** The first line of a screen: what it is, how it stands, what one can do. */
export function PageHeader({ title, beside, actions }: Props) {
  return (
    <header className={classes.header}>
      <Group gap="md" wrap="nowrap" miw={0}>
        <Title order={1} className={classes.title}>
          {title}
        </Title>
        {beside}
      </Group>
      <Group gap="xs" wrap="nowrap">
        {actions}
      </Group>
    </header>
  );
}
