import { Button, FileButton, Group, Stack, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import classes from "@/features/graphs/Graphs.module.css";
import { useOpenNew } from "@/features/graphs/useOpenNew";
import { useTexts } from "@/i18n";
import { CodeEditor } from "@/ui/CodeEditor";
import { Dialog } from "@/ui/Dialog";
import { ProblemNotice } from "@/ui/ProblemNotice";

export function ImportDialog({ close }: { close: () => void }) {
  const t = useTexts();
  const [code, setCode] = useState("");
  const { take, busy, error } = useOpenNew();
  return (
    <Dialog opened onClose={close} title={t("graphs.import_title")} size="xl">
      <Stack gap="md">
        <Text size="sm" className="quiet">
          {t("graphs.import_hint")}
        </Text>
        <div className={classes.code}>
          <CodeEditor
            value={code}
            onChange={setCode}
            language="yaml"
            label={t("graphs.import_label")}
            minLines={14}
            maxLines={24}
          />
        </div>
        {error && <ProblemNotice error={error} />}
        <Group justify="space-between">
          <FileButton accept=".yaml,.yml,.json" onChange={(file) => void file?.text().then(setCode)}>
            {(props) => (
              <Button {...props} variant="default" leftSection={<IconUpload size={15} aria-hidden />}>
                {t("graphs.import_file")}
              </Button>
            )}
          </FileButton>
          <Group gap="xs">
            <Button variant="default" onClick={close}>
              {t("action.cancel")}
            </Button>
            <Button disabled={code.trim() === ""} loading={busy} onClick={() => take(code)}>
              {t("graphs.import")}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Dialog>
  );
}
