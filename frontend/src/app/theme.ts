// The look, with the contrast that Mantine's defaults lack: every text here reaches WCAG AA on its ground.
import { Badge, type CSSVariablesResolver, createTheme } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "blue",
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "Liberation Mono", monospace',
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.0625rem" } } },
  components: {
    Badge: Badge.extend({ defaultProps: { tt: "none", radius: "sm", variant: "light" } }),
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f6f8fa",
    "--mantine-color-dimmed": "#495057",
    "--mantine-color-error": "#a61e1e",
    "--mantine-color-teal-light-color": "#055f46",
    "--mantine-color-yellow-light-color": "#7a3e00",
    "--mantine-color-red-light-color": "#a61e1e",
    "--mantine-color-gray-light-color": "#3d454c",
    "--mantine-color-anchor": "#1864ab",
    "--wakeline-surface": "#ffffff",
    "--wakeline-line": "#dfe4e9",
    "--wakeline-selected": "#e7f1fb",
    "--wakeline-track": "#e9edf1",
    "--wakeline-bar": "#1c7ed6",
    "--wakeline-bar-drifted": "#d9480f",
    "--wakeline-reference": "#b4bdc6",
  },
  dark: {
    "--mantine-color-body": "#14171a",
    "--mantine-color-dimmed": "#b8b8b8",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-anchor": "#74c0fc",
    "--wakeline-surface": "#1c2024",
    "--wakeline-line": "#32383e",
    "--wakeline-selected": "#1a2c3f",
    "--wakeline-track": "#2d3339",
    "--wakeline-bar": "#4dabf7",
    "--wakeline-bar-drifted": "#ff922b",
    "--wakeline-reference": "#59636d",
  },
});
