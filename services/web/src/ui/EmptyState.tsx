import { Center, Group, Stack, Text, Title } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

type Props = { icon: Icon; title: string; children?: ReactNode; actions?: ReactNode };

/** Where nothing is yet: says what belongs here and how it gets here. */
export function EmptyState({ icon: Icon, title, children, actions }: Props) {
  return (
    <Center p="xl" mih={240}>
      <Stack align="center" gap="sm" maw={520} ta="center">
        <Icon size={40} stroke={1.4} color="var(--text-quiet)" aria-hidden />
        <Title order={2}>{title}</Title>
        {children !== undefined && (
          <Text component="div" className="quiet">
            {children}
          </Text>
        )}
        {actions !== undefined && <Group>{actions}</Group>}
      </Stack>
    </Center>
  );
}
