import { type CSSVariablesResolver, createTheme, defaultVariantColorsResolver } from "@mantine/core";

const PRIMARY = "indigo";
/** With dark words in the dark, where the accent is light: Mantine decides it once, for both. */
const FILLED = {
  background: "var(--accent)",
  hover: "color-mix(in srgb, var(--accent) 85%, var(--text))",
  color: "var(--on-accent)",
  border: "1px solid transparent",
};

const TITLE = { fontSize: "16px", fontWeight: 600 };

/** Mantine's components, dressed in our tokens. */
export const theme = createTheme({
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--mono)",
  primaryColor: PRIMARY,
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  variantColorResolver: (input) =>
    input.variant === "filled" && (input.color ?? PRIMARY) === PRIMARY
      ? FILLED
      : defaultVariantColorsResolver(input),
  colors: {
    // From text to ground, as Mantine takes them in the dark.
    dark: [
      "var(--text)",
      "var(--text)",
      "var(--text-quiet)",
      "var(--line-strong)",
      "var(--line)",
      "var(--line)",
      "var(--raised)",
      "var(--surface)",
      "var(--page)",
      "var(--sunken)",
    ],
  },
  defaultRadius: "md",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  components: {
    // Its colour says enough at the icon and the ground; words of that colour would be hard to read on it.
    Alert: { styles: { title: { color: "var(--text)" } } },
    Drawer: { styles: { title: TITLE } },
    Loader: { defaultProps: { role: "status" } },
    // Else a menu begins with something that is no item of it.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Modal: { styles: { title: TITLE } },
  },
  headings: {
    fontWeight: "600",
    sizes: { h1: { fontSize: "22px" }, h2: { fontSize: "17px" }, h3: { fontSize: "15px" } },
  },
});

const ours = {
  "--mantine-color-body": "var(--page)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-dimmed": "var(--text-quiet)",
  "--mantine-color-default": "var(--raised)",
  "--mantine-color-default-border": "var(--line)",
  "--mantine-color-default-color": "var(--text)",
  "--mantine-color-placeholder": "var(--text-quiet)",
  "--mantine-color-error": "var(--error)",
};

/** Mantine's greys of the dark scheme, which its fields and menus are made of. */
const ourDark = {
  "--mantine-color-dark-0": "var(--text)",
  "--mantine-color-dark-1": "var(--text)",
  "--mantine-color-dark-2": "var(--text-quiet)",
  "--mantine-color-dark-3": "var(--line-strong)",
  "--mantine-color-dark-4": "var(--line)",
  "--mantine-color-dark-5": "var(--raised)",
  "--mantine-color-dark-6": "var(--sunken)",
  "--mantine-color-dark-7": "var(--surface)",
  "--mantine-color-dark-8": "var(--sunken)",
  "--mantine-color-dark-9": "var(--page)",
};

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: ours,
  dark: { ...ours, ...ourDark },
});
