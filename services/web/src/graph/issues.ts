/** What a validation finds: the platform's own codes and places, with what a text needs to name the thing. */

import type { ValueRefusal } from "./refusals";

export type IssueCode =
  | "bad_name"
  | "cycle"
  | "deprecated_operation"
  | "draft_operation"
  | "duplicate_id"
  | "empty_graph"
  | "incompatible_types"
  | "invalid_declaration"
  | "invalid_parameter"
  | "invalid_range"
  | "invalid_value"
  | "missing_artifact"
  | "missing_cmd"
  | "missing_input"
  | "missing_parameter"
  | "retired_operation"
  | "self_link"
  | "too_many_inputs"
  | "unknown_input"
  | "unknown_kind"
  | "unknown_node"
  | "unknown_operation"
  | "unknown_output"
  | "unknown_parameter"
  | "unknown_type"
  | "unreachable_pool";

export type Severity = "error" | "warning";
export type IssueParams = Readonly<Record<string, string | number>>;

export interface Issue {
  readonly code: IssueCode;
  /** JSON pointer into the graph. */
  readonly path: string;
  readonly severity: Severity;
  /** To jump to. */
  readonly node?: string;
  readonly params: IssueParams;
  /** Of a bad value: what is wrong with it. */
  readonly refusal?: ValueRefusal;
}

/** Collects; never throws. */
export class Issues {
  readonly found: Issue[] = [];
  node: string | undefined;

  add(path: string, code: IssueCode, params: IssueParams = {}, refusal?: ValueRefusal): void {
    this.#push({ code, path, severity: "error", params, ...(refusal ? { refusal } : {}) });
  }

  warn(path: string, code: IssueCode, params: IssueParams = {}): void {
    this.#push({ code, path, severity: "warning", params });
  }

  #push(issue: Issue): void {
    this.found.push(this.node === undefined ? issue : { ...issue, node: this.node });
  }
}

export function hasErrors(issues: readonly Issue[]): boolean {
  return issues.some((issue) => issue.severity === "error");
}
