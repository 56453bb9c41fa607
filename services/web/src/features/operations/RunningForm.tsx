import { Autocomplete, Checkbox, Group, NumberInput, Select, Stack, TagsInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { poolsQuery } from "@/api/queries/pools";
import { EnvironmentForm } from "@/features/operations/EnvironmentForm";
import type { FormProps } from "@/features/operations/form";
import { errorAt } from "@/features/operations/issues";
import type { Operation } from "@/graph/model";
import { useTexts } from "@/i18n";

const MIB = 1024 * 1024;

/** Where and how its nodes run. */
export function RunningForm(form: FormProps) {
  const { operation, change, issues, isReadOnly } = form;
  const t = useTexts();
  const { data: pools } = useQuery(poolsQuery());
  const set = (part: Partial<Operation>) => change({ ...operation, ...part });
  const { resources } = operation;
  const setResources = (part: Partial<typeof resources>) => set({ resources: { ...resources, ...part } });
  const common = { readOnly: isReadOnly, size: "xs" } as const;
  return (
    <Stack gap="sm">
      <Autocomplete
        label={t("operations.field.pool")}
        description={t("operations.field.pool.hint")}
        data={(pools?.items ?? []).map(({ pool }) => pool.slice(pool.indexOf("/") + 1))}
        value={operation.pool}
        onChange={(pool) => set({ pool })}
        error={errorAt(issues, "/pool")}
        {...common}
      />
      <Group gap="xs" grow align="flex-start">
        <NumberInput
          label={t("operations.field.timeout")}
          value={operation._timeout}
          onChange={(value) => set({ _timeout: Number(value) })}
          error={errorAt(issues, "/_timeout")}
          {...common}
        />
        <NumberInput
          label={t("operations.field.retries")}
          value={operation.retries}
          onChange={(value) => set({ retries: Number(value) })}
          error={errorAt(issues, "/retries")}
          allowDecimal={false}
          min={0}
          {...common}
        />
        <NumberInput
          label={t("operations.field.retry_delay")}
          value={operation.retry_delay}
          onChange={(value) => set({ retry_delay: Number(value) })}
          error={errorAt(issues, "/retry_delay")}
          min={0}
          {...common}
        />
      </Group>
      <TagsInput
        label={t("operations.field.retry_on")}
        description={t("operations.field.retry_on.hint")}
        value={operation.retry_on.map(String)}
        onChange={(codes) => set({ retry_on: codes.map(Number).filter(Number.isInteger) })}
        error={errorAt(issues, "/retry_on")}
        {...common}
      />
      <Select
        label={t("operations.field.on_lost")}
        data={[
          { value: "retry", label: t("operations.on_lost.retry") },
          { value: "fail", label: t("operations.on_lost.fail") },
        ]}
        value={operation.on_lost}
        onChange={(value) => value !== null && set({ on_lost: value as "retry" | "fail" })}
        allowDeselect={false}
        {...common}
      />
      {operation.kind === "bash_jinja2" && (
        <Select
          label={t("operations.field.quoting")}
          data={[
            { value: "none", label: t("operations.quoting.none") },
            { value: "safe", label: t("operations.quoting.safe") },
          ]}
          value={operation.quoting}
          onChange={(value) => value !== null && set({ quoting: value as "none" | "safe" })}
          allowDeselect={false}
          {...common}
        />
      )}
      <Checkbox
        label={t("operations.field.cacheable")}
        description={t("operations.field.cacheable.hint")}
        checked={operation.cacheable}
        onChange={(event) => set({ cacheable: event.currentTarget.checked })}
        disabled={isReadOnly}
        size="xs"
      />
      <Title order={3} mt="xs">
        {t("operations.resources")}
      </Title>
      <Group gap="xs" grow align="flex-start">
        <NumberInput
          label={t("operations.field.cpu")}
          value={resources.cpu}
          onChange={(value) => setResources({ cpu: Number(value) })}
          error={errorAt(issues, "/resources")}
          min={0}
          step={0.5}
          {...common}
        />
        <NumberInput
          label={t("operations.field.memory")}
          value={resources.memory / MIB}
          onChange={(value) => setResources({ memory: Math.round(Number(value) * MIB) })}
          min={0}
          step={256}
          {...common}
        />
        <NumberInput
          label={t("operations.field.gpu")}
          value={resources.gpu}
          onChange={(value) => setResources({ gpu: Number(value) })}
          allowDecimal={false}
          min={0}
          {...common}
        />
      </Group>
      <TagsInput
        label={t("operations.field.worker_tags")}
        description={t("operations.field.worker_tags.hint")}
        value={[...resources.tags]}
        onChange={(tags) => setResources({ tags })}
        {...common}
      />
      <EnvironmentForm {...form} />
    </Stack>
  );
}
