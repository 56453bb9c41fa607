import { colourToken } from "@/graph/types";

/** An artifact type by its colour and its name. */
export function TypeMark({ type }: { type: string }) {
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 7, whiteSpace: "nowrap" }}>
      <span
        aria-hidden
        style={{ width: 9, height: 9, borderRadius: "50%", background: `var(${colourToken(type)})` }}
      />
      {type}
    </span>
  );
}
