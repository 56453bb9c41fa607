import { Alert, Button, CopyButton, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCopy } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { createPoolToken } from "@/api/queries/pools";
import type { PoolTokenView } from "@/api/schema";
import { commandFor } from "@/features/pools/commandFor";
import classes from "@/features/pools/Pools.module.css";
import { useTexts } from "@/i18n";
import { moment } from "@/i18n/format";
import { Dialog } from "@/ui/Dialog";
import { ProblemNotice } from "@/ui/ProblemNotice";

const WORKER = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const A_YEAR = 365;

/** A worker needs a name, its pools, and a token that gives the right to serve them. */
export function AddWorker({ pool, close }: { pool: string; close: () => void }) {
  const t = useTexts();
  const [worker, setWorker] = useState("");
  const [pools, setPools] = useState(pool);
  const [days, setDays] = useState<number | string>(A_YEAR);
  const names = pools
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  const making = useMutation({
    mutationFn: async () => createPoolToken({ worker, pools: names, lifetime_days: Number(days) }),
  });
  return (
    <Dialog
      opened
      onClose={close}
      size="lg"
      title={t("pools.add")}
      // The token is shown once: a click beside must not take it away.
      closeOnClickOutside={making.data === undefined}
    >
      {making.data === undefined ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            making.mutate();
          }}
        >
          <Stack gap="sm">
            <Text size="sm">{t("pools.add.detail")}</Text>
            <TextInput
              data-autofocus
              label={t("pools.add.worker")}
              description={t("pools.add.worker.hint")}
              value={worker}
              onChange={(event) => setWorker(event.currentTarget.value)}
              error={worker !== "" && !WORKER.test(worker) ? t("pools.add.worker.bad") : undefined}
              required
              spellCheck={false}
            />
            <TextInput
              label={t("pools.add.pools")}
              description={t("pools.add.pools.hint")}
              value={pools}
              onChange={(event) => setPools(event.currentTarget.value)}
              required
              spellCheck={false}
            />
            <NumberInput
              label={t("pools.add.days")}
              value={days}
              onChange={setDays}
              min={1}
              max={3650}
              allowDecimal={false}
            />
            {making.error !== null && <ProblemNotice error={making.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {t("action.cancel")}
              </Button>
              <Button
                type="submit"
                loading={making.isPending}
                disabled={!WORKER.test(worker) || names.length === 0 || Number(days) < 1}
              >
                {t("pools.add.make")}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Made made={making.data} close={close} />
      )}
    </Dialog>
  );
}

function Made({ made, close }: { made: PoolTokenView; close: () => void }) {
  const t = useTexts();
  const command = commandFor(made);
  return (
    <Stack gap="sm">
      <Alert color="orange" icon={<IconAlertTriangle aria-hidden />} role="status">
        {t("pools.add.once", { until: moment(made.expires_at) })}
      </Alert>
      <Text size="sm">{t("pools.add.run")}</Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long line is scrolled by keyboard too */}
      <pre className={classes.command} tabIndex={0}>
        {command}
      </pre>
      <Text size="sm" className="quiet">
        {t("pools.add.addresses")}
      </Text>
      <Group justify="flex-end">
        <CopyButton value={command}>
          {({ copied, copy }) => (
            <Button
              onClick={copy}
              leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
            >
              {copied ? t("action.copied") : t("action.copy")}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={close}>
          {t("action.close")}
        </Button>
      </Group>
    </Stack>
  );
}
