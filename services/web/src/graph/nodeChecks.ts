/** One node of a graph: its operation, links, parameters and pool. */

import { boundOutput, boundParameter, isBinding } from "./bindings";
import { closest } from "./closest";
import type { IssueCode, IssueParams, Issues } from "./issues";
import type { GraphNode, Input, Json, Operation, OutputRef, Parameter } from "./model";
import { own } from "./model";
import { POOL } from "./operationChecks";
import { pointer } from "./pointers";
import { accepts } from "./types";
import { coerce, mayBeBound } from "./values";

/** What a node is checked against. */
export interface GraphFacts {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** By the names that nodes use. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** Of the graph. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Of graph parameters, as far as they are known. */
  readonly values: ReadonlyMap<string, Json>;
  /** That some live worker serves; `null`: not checked. */
  readonly pools: ReadonlySet<string> | null;
}

export function checkNode(node: GraphNode, path: string, facts: GraphFacts, issues: Issues): void {
  new NodeCheck(node, path, facts, issues).check();
}

function suggestion(word: string, known: Iterable<string>): IssueParams {
  const found = closest(word, known);
  return found === undefined ? {} : { suggestion: found };
}

const names = (things: readonly { readonly name: string }[]) => things.map((thing) => thing.name);

class NodeCheck {
  readonly #node: GraphNode;
  readonly #path: string;
  readonly #facts: GraphFacts;
  readonly #issues: Issues;

  constructor(node: GraphNode, path: string, facts: GraphFacts, issues: Issues) {
    this.#node = node;
    this.#path = path;
    this.#facts = facts;
    this.#issues = issues;
  }

  check(): void {
    const { operation: name, after } = this.#node;
    const operation = this.#facts.operations.get(name);
    if (operation) {
      this.#checkInputs(operation);
      this.#checkParameters(operation);
    } else {
      const hint = suggestion(name, this.#facts.operations.keys());
      this.#add("/operation", "unknown_operation", { operation: name, ...hint });
    }
    after.forEach((source, position) => {
      if (source === this.#node.id) {
        this.#add(`/after/${position}`, "self_link");
      } else if (!this.#facts.nodes.has(source)) {
        this.#addUnknownNode(`/after/${position}`, source);
      }
    });
    this.#checkPool(operation);
  }

  #add(place: string, code: IssueCode, params: IssueParams = {}): void {
    this.#issues.add(this.#path + place, code, { node: this.#node.id, ...params });
  }

  #addUnknownNode(place: string, name: string): void {
    this.#add(place, "unknown_node", { name, ...suggestion(name, this.#facts.nodes.keys()) });
  }

  #checkInputs(operation: Operation): void {
    const { inputs, operation: operationName } = this.#node;
    const ports = new Map(operation.inputs.map((port) => [port.name, port]));
    for (const [name, sources] of Object.entries(inputs)) {
      const port = ports.get(name);
      if (!port) {
        const hint = suggestion(name, ports.keys());
        this.#add(pointer("inputs", name), "unknown_input", { name, operation: operationName, ...hint });
        continue;
      }
      sources.forEach((source, position) => {
        this.#checkLink(port, source, pointer("inputs", name, position));
      });
    }
    for (const port of ports.values()) {
      this.#checkCount(port, own(inputs, port.name)?.length ?? 0);
    }
  }

  #checkCount({ name, types, min, max }: Input, count: number): void {
    const where = pointer("inputs", name);
    if (count < min) {
      this.#add(where, "missing_input", { name, min, count, types: types.join(", ") });
    } else if (max > 0 && count > max) {
      this.#add(where, "too_many_inputs", { name, max, count });
    }
  }

  #checkLink(port: Input, source: OutputRef, place: string): void {
    const found = this.#outputType(source, place);
    if (found !== null && !accepts(port.types, found)) {
      const wanted = port.types.join(", ");
      this.#add(place, "incompatible_types", { name: port.name, output: source.output, found, wanted });
    }
  }

  /** `null` where it is not known, which has been reported then. */
  #outputType(source: OutputRef, place: string): string | null {
    const target = this.#facts.nodes.get(source.node);
    if (!target) {
      this.#addUnknownNode(`${place}/node`, source.node);
      return null;
    }
    if (source.node === this.#node.id) {
      this.#add(place, "self_link");
      return null;
    }
    const operation = this.#facts.operations.get(target.operation);
    const output = operation?.outputs.findLast((port) => port.name === source.output);
    if (operation && !output) {
      const hint = suggestion(source.output, names(operation.outputs));
      this.#add(`${place}/output`, "unknown_output", { name: source.output, from: source.node, ...hint });
    }
    return output?.type ?? null;
  }

  #checkParameters(operation: Operation): void {
    const { parameters: values } = this.#node;
    const declared = new Map(operation.parameters.map((parameter) => [parameter.name, parameter]));
    for (const [name, value] of Object.entries(values)) {
      const parameter = declared.get(name);
      if (!parameter) {
        const hint = suggestion(name, declared.keys());
        this.#add(pointer("parameters", name), "unknown_parameter", { name, ...hint });
      } else if (value !== null) {
        this.#checkValue(parameter, value, pointer("parameters", name));
      }
    }
    for (const { name, type, required, default: otherwise } of operation.parameters) {
      if (required && otherwise === null && (own(values, name) ?? null) === null) {
        this.#add(pointer("parameters", name), "missing_parameter", { name, type });
      }
    }
  }

  #checkValue(parameter: Parameter, value: Json, place: string): void {
    const bound = boundParameter(value);
    const source = boundOutput(value);
    if (bound !== null) {
      this.#checkBoundParameter(parameter, bound, place);
    } else if (source !== null) {
      this.#checkBoundOutput(parameter, source, place);
    } else if (isBinding(value)) {
      this.#add(place, "invalid_parameter", { name: parameter.name, binding: "malformed" });
    } else {
      this.#checkPlain(parameter, value, place, {});
    }
  }

  #checkPlain(parameter: Parameter, value: Json, place: string, params: IssueParams): void {
    const read = coerce(parameter, value);
    if (!read.ok) {
      const named = { node: this.#node.id, name: parameter.name, ...params };
      this.#issues.add(this.#path + place, "invalid_parameter", named, read.refusal);
    }
  }

  #checkBoundOutput({ name, type }: Parameter, source: OutputRef, place: string): void {
    const found = this.#outputType(source, `${place}/$output`);
    if (found !== null && !mayBeBound(type, found)) {
      this.#add(place, "incompatible_types", { name, output: source.output, found, wanted: type });
    }
  }

  #checkBoundParameter(parameter: Parameter, bound: string, place: string): void {
    const { name, type } = parameter;
    const source = this.#facts.parameters.get(bound);
    if (!source) {
      const hint = suggestion(bound, this.#facts.parameters.keys());
      this.#add(place, "unknown_parameter", { name, bound, ...hint });
    } else if (!mayBeBound(type, source.type)) {
      this.#add(place, "incompatible_types", { name, bound, found: source.type, wanted: type });
    } else {
      const value = this.#facts.values.get(bound) ?? null;
      if (value !== null) {
        this.#checkPlain(parameter, value, place, { bound });
      }
    }
  }

  #checkPool(operation: Operation | undefined): void {
    const { id, pool: own } = this.#node;
    if (own && !POOL.test(own)) {
      this.#add("/pool", "bad_name", { name: own, noun: "pool" });
      return;
    }
    const pool = own || operation?.pool || "default";
    if (this.#facts.pools && !this.#facts.pools.has(pool)) {
      this.#issues.warn(`${this.#path}/pool`, "unreachable_pool", { node: id, name: pool });
    }
  }
}
