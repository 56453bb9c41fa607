import type { RunAddress } from "@/features/runs/view/address";
import type { RunGraph } from "@/features/runs/view/useRunView";
import type { GraphNode, Operation } from "@/graph/model";
import { useTexts } from "@/i18n";
import classes from "./Node.module.css";
import { NodeLink } from "./NodeLink";
import { Part } from "./Overview";

type Props = { graph: RunGraph; node: GraphNode; operation: Operation | undefined; address: RunAddress };

/** Where each input comes from. */
export function Inputs({ graph, node, operation, address }: Props) {
  const t = useTexts();
  const declared = new Map(operation?.inputs.map((input) => [input.name, input]));
  const names = [...new Set([...declared.keys(), ...Object.keys(node.inputs)])];
  if (names.length === 0 && node.after.length === 0) return null;
  return (
    <Part title={t("node.inputs")}>
      <dl className={classes.facts}>
        {names.map((name) => (
          <div key={name}>
            <dt>
              {name} <span className={classes.type}>{declared.get(name)?.types.join(" | ")}</span>
            </dt>
            <dd>
              {(node.inputs[name] ?? []).map((source) => (
                <div key={`${source.node} ${source.output}`}>
                  <NodeLink id={source.node} output={source.output} graph={graph} address={address} />
                </div>
              ))}
              {(node.inputs[name] ?? []).length === 0 && <span className="quiet">{t("node.no_source")}</span>}
            </dd>
          </div>
        ))}
        {node.after.length > 0 && (
          <div>
            <dt>{t("node.after")}</dt>
            <dd>
              {node.after.map((id) => (
                <div key={id}>
                  <NodeLink id={id} graph={graph} address={address} />
                </div>
              ))}
            </dd>
          </div>
        )}
      </dl>
    </Part>
  );
}
