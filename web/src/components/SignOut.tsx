import { Button } from "@mantine/core";
import IconLogout from "@tabler/icons-react/icons/IconLogout";
import { signOut } from "../api/about";

/** Ends the session; nothing read under it stays on the page. */
export function SignOut() {
  const leave = async () => {
    await signOut();
    window.location.assign("/sign-in");
  };
  return (
    <Button variant="subtle" color="gray" size="compact-sm" mb="sm" leftSection={<IconLogout size={15} />} onClick={() => void leave()}>
      Sign out
    </Button>
  );
}
