import type { RunAddress } from "@/features/runs/view/address";
import type { RunGraph } from "@/features/runs/view/useRunView";
import { boundOutput } from "@/graph/bindings";
import type { GraphNode, Json, Operation } from "@/graph/model";
import { formatValue } from "@/graph/values";
import { useTexts } from "@/i18n";
import classes from "./Node.module.css";
import { NodeLink } from "./NodeLink";
import { Part } from "./Overview";

type Props = { node: GraphNode; operation: Operation | undefined; graph: RunGraph; address: RunAddress };

/** As they were when the run started: what was bound to a parameter of the graph has its value. */
export function Parameters({ node, operation, graph, address }: Props) {
  const t = useTexts();
  const declared = new Map(operation?.parameters.map((parameter) => [parameter.name, parameter]));
  const names = [...new Set([...declared.keys(), ...Object.keys(node.parameters)])];
  if (names.length === 0) return null;
  return (
    <Part title={t("node.parameters")}>
      <dl className={classes.facts}>
        {names.map((name) => {
          const parameter = declared.get(name);
          const given: Json | undefined = node.parameters[name];
          const source = boundOutput(given);
          const text = formatValue(parameter?.type ?? "json", given ?? parameter?.default ?? null);
          return (
            <div key={name}>
              <dt>
                {name} <span className={classes.type}>{parameter?.type}</span>
              </dt>
              <dd>
                {source === null ? (
                  <span className={classes.value}>{text === "" ? "–" : text}</span>
                ) : (
                  <NodeLink id={source.node} output={source.output} graph={graph} address={address} />
                )}
                {given === undefined && <span className={classes.type}> {t("node.default")}</span>}
              </dd>
            </div>
          );
        })}
      </dl>
    </Part>
  );
}
