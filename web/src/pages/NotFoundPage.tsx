import { IconMapOff } from "@tabler/icons-react";
import { TextLink } from "../components/links";
import { Notice } from "../ui/Notice";

/** An address that leads nowhere. */
export function NotFoundPage() {
  return (
    <Notice
      icon={<IconMapOff size={22} />}
      title="There is no such page"
      action={
        <TextLink to="/" size="sm">
          Go to User Profiles
        </TextLink>
      }
    >
      The address may be mistyped, or what it led to is gone.
    </Notice>
  );
}
