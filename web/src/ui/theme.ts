import { createTheme } from "@mantine/core";
import type { MantineColorsTuple } from "@mantine/core";

/** Deep green-blue of old map seas; shade 7 carries white text at 5.9:1. */
const sea: MantineColorsTuple = [
  "#ebf7f5",
  "#d8ede9",
  "#aedbd3",
  "#80c8bc",
  "#5ab8a8",
  "#3fa999",
  "#2a9787",
  "#0e6e63",
  "#0b5d54",
  "#084a43",
];

/** Neutral greys with a trace of the same green, dark end for the dark scheme. */
const dark: MantineColorsTuple = [
  "#d5dcda",
  "#b4bdbb",
  "#94a09d",
  "#6f7b78",
  "#3a4543",
  "#2b3533",
  "#212a28",
  "#171e1d",
  "#111716",
  "#0b100f",
];

const gray: MantineColorsTuple = [
  "#f7f9f8",
  "#f0f3f2",
  "#e4e9e7",
  "#d5dcda",
  "#c0c9c6",
  "#98a4a0",
  "#66726e",
  "#4a5552",
  "#323b39",
  "#1b2220",
];

const SANS = '"Inter Variable", ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif';

/** The head of a dialog is a `header`, which must not count as the page's own. */
const DIALOG = { header: { role: "presentation" } };

export const theme = createTheme({
  primaryColor: "sea",
  primaryShade: 7,
  colors: { sea, dark, gray },
  fontFamily: SANS,
  fontFamilyMonospace: 'ui-monospace, "SFMono-Regular", "JetBrains Mono", Menlo, Consolas, monospace',
  headings: {
    fontFamily: SANS,
    fontWeight: "620",
    sizes: { h1: { fontSize: "1.5rem", lineHeight: "1.25" }, h2: { fontSize: "1.0625rem", lineHeight: "1.4" } },
  },
  defaultRadius: "md",
  radius: { sm: "5px", md: "8px", lg: "12px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true, arrowSize: 6 } },
    Button: { defaultProps: { size: "sm" } },
    Modal: {
      defaultProps: { centered: false, radius: "lg", overlayProps: { backgroundOpacity: 0.35 }, attributes: DIALOG },
      // The title may be an address without a place to break.
      styles: { title: { minWidth: 0, overflowWrap: "anywhere" } },
    },
    Drawer: { defaultProps: { overlayProps: { backgroundOpacity: 0.22 }, attributes: DIALOG } },
    // Coloured words on a ground of their colour are hard to read.
    Alert: { styles: { title: { color: "var(--mantine-color-text)" } } },
    InputWrapper: { styles: { label: { fontSize: "0.8125rem", fontWeight: 550, marginBlockEnd: 4 } } },
    Tabs: { vars: () => ({ root: { "--tabs-list-border-size": "1px" } }) },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } } },
    Menu: { defaultProps: { shadow: "md", radius: "md" } },
  },
});
