import { Alert, Button, CloseButton, Group, Progress, Text } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { artifactQuery } from "@/api/queries/files";
import { digestOf } from "@/api/uploads/hashing";
import classes from "@/features/files/Files.module.css";
import { add } from "@/features/files/uploadStore";
import { useTexts } from "@/i18n";
import { size } from "@/i18n/format";
import { ProblemNotice } from "@/ui/ProblemNotice";

/** Where is this file from? Its digest is its name here, so nothing has to be sent. */
export function Finder({ file, close }: { file: File; close: () => void }) {
  const t = useTexts();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [done, setDone] = useState(0);
  const [unknown, setUnknown] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each file; what else is used stays the same
  useEffect(() => {
    const stop = new AbortController();
    const search = async () => {
      const digest = await digestOf(file, setDone, stop.signal);
      const artifact = await client.fetchQuery(artifactQuery(digest));
      if (stop.signal.aborted) return;
      if (artifact === null) setUnknown(true);
      else {
        close();
        await navigate({ to: "/artifacts/$digest", params: { digest } });
      }
    };
    setUnknown(false);
    setError(null);
    search().catch((failure: unknown) => {
      if (!stop.signal.aborted) setError(failure);
    });
    return () => stop.abort();
  }, [file]);
  return (
    <div className={classes.notice}>
      {error !== null && <ProblemNotice error={error} />}
      <Alert
        color={unknown ? "orange" : "indigo"}
        variant="light"
        icon={<IconFingerprint aria-hidden />}
        role="status"
      >
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div style={{ flex: 1 }}>
            <Text size="sm">
              {unknown
                ? t("files.find.unknown", { name: file.name })
                : t("files.find.hashing", { name: file.name, done: size(done), all: size(file.size) })}
            </Text>
            {!unknown && (
              <Progress
                mt="xs"
                size="sm"
                value={file.size === 0 ? 100 : (100 * done) / file.size}
                aria-label={t("files.find")}
              />
            )}
            {unknown && (
              <Button
                mt="xs"
                size="xs"
                variant="default"
                onClick={() => {
                  add([file]);
                  close();
                }}
              >
                {t("files.upload.it")}
              </Button>
            )}
          </div>
          <CloseButton onClick={close} aria-label={t("action.close")} />
        </Group>
      </Alert>
    </div>
  );
}
