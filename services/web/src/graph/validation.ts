/** What is wrong with a graph, at once and without the server: the platform's codes at the platform's places. */

import { findCycle, knownParents } from "./dag";
import { checkParameters } from "./declarations";
import { type Issue, type IssueParams, Issues } from "./issues";
import {
  type Catalogue,
  type GraphDocument,
  type GraphNode,
  type Json,
  NODE_ID,
  type Operation,
} from "./model";
import { checkNode } from "./nodeChecks";
import { OPERATION_NAME, type OperationContext, validateOperation } from "./operationChecks";
import { pointer } from "./pointers";
import { defaultOf } from "./values";

export { hasErrors, type Issue, type IssueCode, type IssueParams, type Severity } from "./issues";
export { validateOperation } from "./operationChecks";

const OPERATION_REF = /^[a-z0-9][a-z0-9-]{0,38}\/[a-z0-9][a-z0-9_-]{0,62}@[1-9][0-9]{0,8}$/;

/** What a graph is checked against, besides itself and the catalogue; what is left out is not checked. */
export interface Limits extends Partial<OperationContext> {
  /** Pools that some live worker serves, as graphs write them: `gpu` or `team/gpu`. */
  readonly pools?: ReadonlySet<string> | null;
}

/** Never throws. The server's validation remains the judge: it knows plugins, and compiles regular expressions. */
export function validateGraph(graph: GraphDocument, catalogue: Catalogue, limits: Limits = {}): Issue[] {
  const issues = new Issues();
  const context: OperationContext = { kinds: limits.kinds ?? null, types: limits.types ?? null };
  if (graph.name && !OPERATION_NAME.test(graph.name)) {
    issues.add("/name", "bad_name", { name: graph.name, noun: "graph" });
  }
  checkParameters(issues, graph.parameters, "/parameters");
  if (graph.nodes.length === 0) {
    issues.add("/nodes", "empty_graph");
  }
  checkOwnOperations(issues, graph, context);
  const nodes = nodesById(issues, graph);
  const facts = {
    nodes,
    operations: new Map([...catalogue, ...Object.entries(graph.operations)]),
    parameters: new Map(graph.parameters.map((parameter) => [parameter.name, parameter])),
    values: defaultValues(graph),
    pools: limits.pools ?? null,
  };
  graph.nodes.forEach((node, index) => {
    issues.node = node.id;
    checkNode(node, `/nodes/${index}`, facts, issues);
  });
  issues.node = undefined;
  checkCatalogueOperations(issues, graph, catalogue, context);
  checkCycles(issues, graph);
  return issues.found;
}

function nodesById(issues: Issues, graph: GraphDocument): Map<string, GraphNode> {
  const nodes = new Map<string, GraphNode>();
  graph.nodes.forEach((node, index) => {
    const path = `/nodes/${index}/id`;
    issues.node = node.id;
    if (!NODE_ID.test(node.id)) {
      issues.add(path, "bad_name", { name: node.id, noun: "node" });
    }
    if (nodes.has(node.id)) {
      issues.add(path, "duplicate_id", { name: node.id, noun: "node" });
    } else {
      nodes.set(node.id, node);
    }
  });
  issues.node = undefined;
  return nodes;
}

/** Of parameters that have a usable default; required ones get their value with the run. */
function defaultValues(graph: GraphDocument): Map<string, Json> {
  const values = new Map<string, Json>();
  for (const parameter of graph.parameters) {
    const read = parameter.default === null && parameter.required ? null : defaultOf(parameter);
    if (read?.ok) {
      values.set(parameter.name, read.value);
    }
  }
  return values;
}

function checkOwnOperations(issues: Issues, graph: GraphDocument, context: OperationContext): void {
  for (const [key, operation] of Object.entries(graph.operations)) {
    const path = pointer("operations", key);
    if (!OPERATION_REF.test(key) && !OPERATION_NAME.test(key)) {
      issues.add(path, "bad_name", { name: key, noun: "operation" });
    }
    issues.found.push(...validateOperation(operation, context, path));
  }
}

/** Once per operation, where it is used first. */
function checkCatalogueOperations(
  issues: Issues,
  graph: GraphDocument,
  catalogue: Catalogue,
  context: OperationContext,
): void {
  const seen = new Set(Object.keys(graph.operations));
  graph.nodes.forEach((node, index) => {
    const operation = catalogue.get(node.operation);
    if (operation && !seen.has(node.operation)) {
      issues.node = node.id;
      checkStatus(issues, operation, node.operation, `/nodes/${index}/operation`, context);
    }
    seen.add(node.operation);
  });
  issues.node = undefined;
}

function checkStatus(
  issues: Issues,
  operation: Operation,
  name: string,
  path: string,
  context: OperationContext,
): void {
  const successor: IssueParams = operation.successor ? { successor: operation.successor } : {};
  if (operation.status === "draft") {
    issues.warn(path, "draft_operation", { operation: name });
    for (const issue of validateOperation(operation, context)) {
      issues.found.push({ ...issue, path, ...(issues.node === undefined ? {} : { node: issues.node }) });
    }
    return;
  }
  if (operation.status === "retired") {
    issues.add(path, "retired_operation", { operation: name, ...successor });
  } else if (operation.status === "deprecated") {
    issues.warn(path, "deprecated_operation", { operation: name, ...successor });
  }
  if (context.kinds && !context.kinds.has(operation.kind)) {
    issues.add(path, "unknown_kind", { operation: name, kind: operation.kind });
  }
}

function checkCycles(issues: Issues, graph: GraphDocument): void {
  // A link of a node to itself has been reported where it stands.
  const parents = [...knownParents(graph)].map(
    ([name, found]) => [name, found.filter((parent) => parent !== name)] as const,
  );
  const cycle = findCycle(new Map(parents));
  const [first] = cycle ?? [];
  if (cycle && first !== undefined) {
    const index = graph.nodes.findIndex((node) => node.id === first);
    issues.node = first;
    issues.add(`/nodes/${index}`, "cycle", { path: [...cycle, first].join(" → ") });
  }
}
