import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import IconDots from "@tabler/icons-react/icons/IconDots";
import IconKey from "@tabler/icons-react/icons/IconKey";
import IconPencil from "@tabler/icons-react/icons/IconPencil";
import IconPlayerPause from "@tabler/icons-react/icons/IconPlayerPause";
import IconPlayerPlay from "@tabler/icons-react/icons/IconPlayerPlay";
import IconTrash from "@tabler/icons-react/icons/IconTrash";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sentence } from "../../api/errors";
import { changeKey, removeKey, rotateKeySecret } from "../../api/keys";
import type { ApiKey } from "../../api/keys";
import { ConfirmRemoval } from "../ConfirmRemoval";
import type { SecretTold } from "../SecretOnce";

interface Props {
  apiKey: ApiKey;
  onChange: () => void;
  onSecret: (told: SecretTold) => void;
}

/** What can be done with a key. */
export function KeyMenu({ apiKey: { id, name, policy, disabled, revision }, onChange, onSecret }: Props) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState<"secret" | "removal">();
  const toggle = useMutation({
    mutationFn: () => changeKey(id, { name, policy: policy ?? null, disabled: !disabled, revision }),
    onError: (error) => notifications.show({ color: "red", title: "That did not work", message: sentence(error) }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  const close = () => setAsking(undefined);
  return (
    <>
      <Menu position="bottom-end" width={190}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" loading={toggle.isPending} aria-label={`More for key ${name}`}>
            <IconDots size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={onChange}>
            Change
          </Menu.Item>
          <Menu.Item leftSection={disabled ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />} onClick={() => toggle.mutate()}>
            {disabled ? "Enable" : "Disable"}
          </Menu.Item>
          <Menu.Item leftSection={<IconKey size={16} />} onClick={() => setAsking("secret")}>
            New secret
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item c="var(--mantine-color-error)" leftSection={<IconTrash size={16} />} onClick={() => setAsking("removal")}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking === "secret" && (
        <ConfirmRemoval
          title={`A new secret for “${name}”?`}
          action="Make a new secret"
          changes="keys"
          remove={async () => onSecret({ name, secret: (await rotateKeySecret(id)).secret })}
          onClose={close}
        >
          The secret that it has now ends at once: whoever uses it is refused until they have the new one.
        </ConfirmRemoval>
      )}
      {asking === "removal" && (
        <ConfirmRemoval title={`Delete “${name}”?`} action="Delete key" changes="keys" remove={() => removeKey(id)} onClose={close}>
          Whoever uses it is refused from then on. Files that it exported stay.
        </ConfirmRemoval>
      )}
    </>
  );
}
