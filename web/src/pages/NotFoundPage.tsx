import { TextLink } from "../components/links";
import { PageHeader } from "../ui/PageHeader";

/** An address that leads nowhere. */
export function NotFoundPage() {
  return (
    <PageHeader title="There is no such page">
      The address may be mistyped, or what it led to is gone.{" "}
      <TextLink to="/" size="sm" underline="always">
        Go to User Profiles
      </TextLink>
    </PageHeader>
  );
}
