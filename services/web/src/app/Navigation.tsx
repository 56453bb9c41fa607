import {
  IconBox,
  IconChevronsLeft,
  IconChevronsRight,
  IconFiles,
  IconPlayerPlay,
  IconSchema,
  IconServer2,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import classes from "@/app/Frame.module.css";
import { useTexts } from "@/i18n";

const PLACES = [
  { to: "/runs", label: "nav.runs", icon: IconPlayerPlay },
  { to: "/graphs", label: "nav.graphs", icon: IconSchema },
  { to: "/operations", label: "nav.operations", icon: IconBox },
  { to: "/files", label: "nav.files", icon: IconFiles },
  { to: "/pools", label: "nav.pools", icon: IconServer2 },
] as const;

export function Navigation({ wide, widen }: { wide: boolean; widen: () => void }) {
  const t = useTexts();
  const Chevrons = wide ? IconChevronsLeft : IconChevronsRight;
  const toggle = t(wide ? "nav.collapse" : "nav.expand");
  return (
    <nav className={classes.navigation} aria-label={t("nav.main")}>
      {PLACES.map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          className={classes.item}
          aria-label={t(label)}
          title={wide ? undefined : t(label)}
        >
          <Icon size={19} stroke={1.7} aria-hidden />
          {wide && t(label)}
        </Link>
      ))}
      <button
        type="button"
        className={`${classes.item} ${classes.foot}`}
        onClick={widen}
        aria-label={toggle}
        aria-expanded={wide}
      >
        <Chevrons size={19} stroke={1.7} aria-hidden />
        {wide && toggle}
      </button>
    </nav>
  );
}
