import type { Operation as Document } from "@/api/schema";
import { type Operation, writeOperation } from "@/graph/model";

/** As the API takes it: without what says nothing. */
export function documentOf(operation: Operation): Document {
  return writeOperation(operation) as unknown as Document;
}
