import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createFile, fileKeys } from "@/api/queries/files";
import { operationKeys } from "@/api/queries/operations";
import { type FileEntry, nextVersion } from "@/features/files/listing";
import { named, receiptOf, type UploadJob } from "@/features/files/uploadStore";

/** Gives what was uploaded its name in the catalogue. A name that is there gets its next version. */
export function useAdding() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ job, entries }: { job: UploadJob; entries: readonly FileEntry[] }) => {
      const { name, title, tags } = job.naming;
      const receipt = await receiptOf(job.id);
      const next_version = nextVersion(entries, name) !== null;
      return createFile({
        name,
        title,
        tags: [...tags],
        description: "",
        output: "file",
        receipt,
        next_version,
      });
    },
    onSuccess: ({ ref }, { job }) => {
      named(job.id, ref);
      void client.invalidateQueries({ queryKey: fileKeys.all });
      void client.invalidateQueries({ queryKey: operationKeys.lists });
    },
  });
}
