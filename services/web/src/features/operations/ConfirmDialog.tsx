import { Button, Group, Text } from "@mantine/core";
import { useTexts } from "@/i18n";
import { Dialog } from "@/ui/Dialog";

type Props = { title: string; text: string; act: () => void; close: () => void };

/** Before what cannot be undone. */
export function ConfirmDialog({ title, text, act, close }: Props) {
  const t = useTexts();
  return (
    <Dialog opened onClose={close} title={title}>
      <Text size="sm">{text}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close} data-autofocus>
          {t("action.cancel")}
        </Button>
        <Button
          color="red"
          onClick={() => {
            act();
            close();
          }}
        >
          {title}
        </Button>
      </Group>
    </Dialog>
  );
}
