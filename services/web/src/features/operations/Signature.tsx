import classes from "@/features/operations/Catalogue.module.css";
import type { Operation } from "@/graph/model";
import { colourToken } from "@/graph/types";
import { useTexts } from "@/i18n";

const MOST = 3;

/** What goes in and what comes out, by type. */
export function Signature({ operation: { inputs, outputs } }: { operation: Operation }) {
  const t = useTexts();
  return (
    <span className={classes.signature}>
      <Ports ports={inputs.map(({ name, types }) => ({ name, type: types.join(" | ") || "?" }))} />
      <span aria-hidden>→</span>
      <span className="visually-hidden">{t("operations.gives")}</span>
      <Ports ports={outputs.map(({ name, type }) => ({ name, type }))} />
    </span>
  );
}

function Ports({ ports }: { ports: readonly { name: string; type: string }[] }) {
  if (ports.length === 0) return <span className="quiet">–</span>;
  return (
    <>
      {ports.slice(0, MOST).map(({ name, type }) => (
        <span key={name} className={classes.port} title={`${name}: ${type}`}>
          <span
            className={classes.dot}
            style={{ background: `var(${colourToken(type.split(" ")[0] ?? "")})` }}
            aria-hidden
          />
          {type}
        </span>
      ))}
      {ports.length > MOST && <span className="quiet">+{ports.length - MOST}</span>}
    </>
  );
}
