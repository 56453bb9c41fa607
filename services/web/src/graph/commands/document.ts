/** Commands on the graph itself: its fields, its parameters, the operations that travel with it. */

import { isEqual } from "../equality";
import { type GraphDocument, type GraphNode, NAME, own, type Parameter } from "../model";
import { changeNodes, inserted, withFields, withoutKey } from "./lists";
import { withoutParameter, withRenamedParameter } from "./references";
import { CommandError, type DocumentCommand } from "./types";

export function applyToDocument(graph: GraphDocument, command: DocumentCommand): GraphDocument {
  switch (command.type) {
    case "setGraph":
    case "restore":
      return withFields(graph, command.fields);
    case "replaceGraph":
      return isEqual(graph, command.graph) ? graph : command.graph;
    case "embedOperation":
      return isEqual(own(graph.operations, command.key), command.operation)
        ? graph
        : { ...graph, operations: { ...graph.operations, [command.key]: command.operation } };
    case "removeOperation":
      return removeOperation(graph, command.key);
    default:
      return applyToParameters(graph, command);
  }
}

type ParameterCommand = Extract<DocumentCommand, { type: `${string}GraphParameter` }>;

function applyToParameters(graph: GraphDocument, command: ParameterCommand): GraphDocument {
  switch (command.type) {
    case "addGraphParameter":
      checkNewName(graph, command.parameter.name);
      return { ...graph, parameters: inserted(graph.parameters, command.at, command.parameter) };
    case "changeGraphParameter":
      return changeParameter(graph, command.name, (parameter) => withFields(parameter, command.fields));
    case "renameGraphParameter":
      return renameParameter(graph, command.from, command.to);
    case "removeGraphParameter":
      return removeParameter(graph, command.name);
  }
}

function removeOperation(graph: GraphDocument, key: string): GraphDocument {
  if (!Object.hasOwn(graph.operations, key)) {
    throw new CommandError("unknown_operation", key);
  }
  return { ...graph, operations: withoutKey(graph.operations, key) };
}

function checkNewName(graph: GraphDocument, name: string): void {
  if (!NAME.test(name)) {
    throw new CommandError("bad_name", name);
  }
  if (graph.parameters.some((parameter) => parameter.name === name)) {
    throw new CommandError("duplicate_parameter", name);
  }
}

function requireParameter(graph: GraphDocument, name: string): void {
  if (!graph.parameters.some((parameter) => parameter.name === name)) {
    throw new CommandError("unknown_parameter", name);
  }
}

function changeParameter(
  graph: GraphDocument,
  name: string,
  change: (parameter: Parameter) => Parameter,
): GraphDocument {
  requireParameter(graph, name);
  const parameters = graph.parameters.map((parameter) =>
    parameter.name === name ? change(parameter) : parameter,
  );
  return isEqual(parameters, graph.parameters) ? graph : { ...graph, parameters };
}

function changeValues(
  graph: GraphDocument,
  change: (values: GraphNode["parameters"]) => GraphNode["parameters"],
): GraphDocument {
  return changeNodes(graph, (node) => withFields(node, { parameters: change(node.parameters) }));
}

function renameParameter(graph: GraphDocument, from: string, to: string): GraphDocument {
  requireParameter(graph, from);
  if (from === to) {
    return graph;
  }
  checkNewName(graph, to);
  const renamed = changeParameter(graph, from, (parameter) => ({ ...parameter, name: to }));
  return changeValues(renamed, (values) => withRenamedParameter(values, from, to));
}

function removeParameter(graph: GraphDocument, name: string): GraphDocument {
  requireParameter(graph, name);
  const left = { ...graph, parameters: graph.parameters.filter((parameter) => parameter.name !== name) };
  return changeValues(left, (values) => withoutParameter(values, name));
}
