import { Modal, type ModalProps } from "@mantine/core";
import { useTexts } from "@/i18n";

/** A dialog with a title; its cross says what it does. Its head stays where it is when the rest grows. */
export function Dialog({ children, ...rest }: ModalProps) {
  const t = useTexts();
  return (
    <Modal yOffset="8vh" closeButtonProps={{ "aria-label": t("action.close") }} {...rest}>
      {children}
    </Modal>
  );
}
