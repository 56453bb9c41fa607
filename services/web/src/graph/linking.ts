/** May this be connected with that? And which operations would fit. The reason is given for every refusal. */

import { boundOutput } from "./bindings";
import { type Edges, knownParents, pathBetween, reachable, reversed } from "./dag";
import {
  type Catalogue,
  type GraphDocument,
  type GraphNode,
  type Input,
  type InputRef,
  type Operation,
  type Output,
  type OutputRef,
  operationOf,
  own,
  type Parameter,
} from "./model";
import { accepts, isScalar } from "./types";
import { mayBeBound } from "./values";

export { type End, type Fitting, fittingOperations } from "./fitting";

export type Refusal =
  | { readonly code: "unknown_node"; readonly node: string }
  | { readonly code: "unknown_port"; readonly node: string; readonly port: string }
  | { readonly code: "incompatible_types"; readonly found: string; readonly wanted: readonly string[] }
  /** From the end of the new link round to its start. */
  | { readonly code: "cycle"; readonly path: readonly string[] }
  | { readonly code: "too_many_inputs"; readonly max: number }
  | { readonly code: "already_linked" }
  | { readonly code: "self_link" };

export interface ParameterRef {
  readonly node: string;
  readonly parameter: string;
}

/** Every question about one graph: what the answers share is found once, so that a whole canvas can be greyed. */
export class LinkJudge {
  readonly #graph: GraphDocument;
  readonly #catalogue: Catalogue;
  readonly #nodes: ReadonlyMap<string, GraphNode>;
  readonly #children: Edges;
  readonly #behind = new Map<string, ReadonlySet<string>>();

  constructor(graph: GraphDocument, catalogue: Catalogue) {
    this.#graph = graph;
    this.#catalogue = catalogue;
    this.#nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    this.#children = reversed(knownParents(graph));
  }

  /** `null`: the link may be made. */
  whyNot(from: OutputRef, to: InputRef): Refusal | null {
    const unknown = this.#missing(from.node) ?? this.#missing(to.node);
    if (unknown) {
      return unknown;
    }
    const input = this.#operation(to.node)?.inputs.find((port) => port.name === to.input);
    const output = this.#output(from);
    if (!input || !output) {
      return input ? noPort(from.node, from.output) : noPort(to.node, to.input);
    }
    return this.#loop(from.node, to.node) ?? this.#unfit(input, output) ?? this.#full(from, to, input);
  }

  whyNotOrder(from: string, to: string): Refusal | null {
    const refusal = this.#missing(from) ?? this.#missing(to) ?? this.#loop(from, to);
    return refusal ?? (this.#nodes.get(to)?.after.includes(from) ? { code: "already_linked" } : null);
  }

  /** A parameter bound to a scalar output. */
  whyNotBind(from: OutputRef, to: ParameterRef): Refusal | null {
    const unknown = this.#missing(from.node) ?? this.#missing(to.node);
    if (unknown) {
      return unknown;
    }
    const parameter = this.#operation(to.node)?.parameters.find((found) => found.name === to.parameter);
    const output = this.#output(from);
    if (!parameter || !output) {
      return parameter ? noPort(from.node, from.output) : noPort(to.node, to.parameter);
    }
    return this.#loop(from.node, to.node) ?? unbindable(parameter, output) ?? this.#bound(from, to);
  }

  #missing(id: string): Refusal | null {
    return this.#nodes.has(id) ? null : { code: "unknown_node", node: id };
  }

  #operation(id: string): Operation | undefined {
    const node = this.#nodes.get(id);
    return node && operationOf(this.#graph, this.#catalogue, node);
  }

  #output(from: OutputRef): Output | undefined {
    return this.#operation(from.node)?.outputs.find((port) => port.name === from.output);
  }

  #loop(from: string, to: string): Refusal | null {
    if (from === to) {
      return { code: "self_link" };
    }
    const behind = this.#behind.get(to) ?? reachable(this.#children, [to]);
    this.#behind.set(to, behind);
    return behind.has(from) ? { code: "cycle", path: pathBetween(this.#children, to, from) ?? [] } : null;
  }

  #unfit(input: Input, output: Output): Refusal | null {
    return accepts(input.types, output.type)
      ? null
      : { code: "incompatible_types", found: output.type, wanted: input.types };
  }

  #full(from: OutputRef, to: InputRef, input: Input): Refusal | null {
    const sources = own(this.#nodes.get(to.node)?.inputs ?? {}, to.input) ?? [];
    if (sources.some((source) => source.node === from.node && source.output === from.output)) {
      return { code: "already_linked" };
    }
    return input.max > 0 && sources.length >= input.max ? { code: "too_many_inputs", max: input.max } : null;
  }

  #bound(from: OutputRef, to: ParameterRef): Refusal | null {
    const source = boundOutput(own(this.#nodes.get(to.node)?.parameters ?? {}, to.parameter));
    return source?.node === from.node && source.output === from.output ? { code: "already_linked" } : null;
  }
}

function noPort(node: string, port: string): Refusal {
  return { code: "unknown_port", node, port };
}

function unbindable(parameter: Parameter, output: Output): Refusal | null {
  return isScalar(output.type) && mayBeBound(parameter.type, output.type)
    ? null
    : { code: "incompatible_types", found: output.type, wanted: [parameter.type] };
}

/** For a single question; a drag asks many of one `LinkJudge`. */
export function whyNot(
  graph: GraphDocument,
  catalogue: Catalogue,
  from: OutputRef,
  to: InputRef,
): Refusal | null {
  return new LinkJudge(graph, catalogue).whyNot(from, to);
}

export function whyNotOrder(graph: GraphDocument, from: string, to: string): Refusal | null {
  return new LinkJudge(graph, new Map()).whyNotOrder(from, to);
}

export function whyNotBind(
  graph: GraphDocument,
  catalogue: Catalogue,
  from: OutputRef,
  to: ParameterRef,
): Refusal | null {
  return new LinkJudge(graph, catalogue).whyNotBind(from, to);
}
