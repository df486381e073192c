/** Links inside the app, in the looks of the component library. */
import { Anchor, Button, Menu } from "@mantine/core";
import type { AnchorProps, ButtonProps, MenuItemProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, ReactNode, Ref } from "react";

type Native = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps | "href" | "type">;

interface Own extends Native {
  ref?: Ref<HTMLAnchorElement>;
  children?: ReactNode;
}

/** A link in a text. */
export const TextLink = createLink((props: Omit<AnchorProps, "href"> & Own) => <Anchor {...props} />);

/** A link that looks like a button. */
export const ButtonLink = createLink((props: Omit<ButtonProps, "href"> & Own) => <Button component="a" {...props} />);

/** A link in a menu. */
export const MenuLink = createLink((props: Omit<MenuItemProps, "href"> & Own) => <Menu.Item component="a" {...props} />);
