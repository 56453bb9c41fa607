import { Select, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { catalogueQuery } from "@/api/queries/operations";
import { KINDS, withKind } from "@/features/operations/drafts";
import type { FormProps } from "@/features/operations/form";
import { errorAt } from "@/features/operations/issues";
import { kindName } from "@/features/operations/kindName";
import { useTexts } from "@/i18n";

export function AboutForm({ operation, change, issues, isReadOnly, isNew }: FormProps & { isNew: boolean }) {
  const t = useTexts();
  const { data } = useQuery(catalogueQuery());
  const tags = useMemo(
    () => [...new Set((data ?? []).flatMap((view) => view.operation.tags as string[]))].sort(),
    [data],
  );
  const kinds = useMemo(() => {
    const used = (data ?? []).map((view) => String(view.operation.kind)).filter((kind) => kind !== "file");
    return [...new Set([...KINDS, ...used, operation.kind])];
  }, [data, operation.kind]);
  // An empty form need not be red; the buttons say that a name is needed.
  const nameError = operation.name === "" ? undefined : errorAt(issues, "/name");
  return (
    <Stack gap="md">
      <TextInput
        label={t("operations.field.name")}
        description={t("operations.field.name.hint")}
        value={operation.name}
        onChange={(event) => change({ ...operation, name: event.currentTarget.value })}
        readOnly={!isNew}
        error={nameError}
        required
        autoFocus={isNew}
        spellCheck={false}
        classNames={{ input: "mono" }}
      />
      <TextInput
        label={t("operations.field.title")}
        value={operation.title}
        onChange={(event) => change({ ...operation, title: event.currentTarget.value })}
        readOnly={isReadOnly}
        error={errorAt(issues, "/title")}
      />
      <Select
        label={t("operations.kind")}
        description={t("operations.kind.hint")}
        data={kinds.map((kind) => ({ value: kind, label: kindName(kind) }))}
        value={operation.kind}
        onChange={(kind) => kind !== null && change(withKind(operation, kind))}
        readOnly={isReadOnly}
        allowDeselect={false}
        error={errorAt(issues, "/kind")}
      />
      <Textarea
        label={t("operations.field.description")}
        value={operation.description}
        onChange={(event) => change({ ...operation, description: event.currentTarget.value })}
        readOnly={isReadOnly}
        autosize
        minRows={3}
        maxRows={12}
        error={errorAt(issues, "/description")}
      />
      <TagsInput
        label={t("operations.field.tags")}
        value={[...operation.tags]}
        data={tags}
        onChange={(value) => change({ ...operation, tags: value })}
        readOnly={isReadOnly}
        error={errorAt(issues, "/tags")}
      />
      <Textarea
        label={t("operations.field.changelog")}
        description={t("operations.field.changelog.hint")}
        value={operation.changelog}
        onChange={(event) => change({ ...operation, changelog: event.currentTarget.value })}
        readOnly={isReadOnly}
        autosize
        minRows={2}
        error={errorAt(issues, "/changelog")}
      />
    </Stack>
  );
}
