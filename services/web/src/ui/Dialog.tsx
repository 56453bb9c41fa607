import { Modal, type ModalProps } from "@mantine/core";
import { useTexts } from "@/i18n";

/** A dialog with a title; its cross says what it does. */
export function Dialog({ children, ...rest }: ModalProps) {
  const t = useTexts();
  return (
    <Modal centered closeButtonProps={{ "aria-label": t("action.close") }} {...rest}>
      {children}
    </Modal>
  );
}
