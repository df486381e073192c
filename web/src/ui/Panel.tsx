import { Box } from "@mantine/core";
import type { BoxProps } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Panel.module.css";

/** The sheet that content lies on. */
export function Panel({ children, className, ...box }: BoxProps & { children: ReactNode }) {
  return (
    <Box className={[classes.panel, className].filter(Boolean).join(" ")} {...box}>
      {children}
    </Box>
  );
}
