import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { sentence } from "../api/errors";
import { cancelExport, linkExport } from "../api/exports";

/** What can be done with a job: stop it, or get a fresh link to its files. */
export function useJobActions(id: string) {
  const queries = useQueryClient();
  const onError = (error: unknown) => notifications.show({ color: "red", title: "That did not work", message: sentence(error) });
  const onSettled = () => queries.invalidateQueries({ queryKey: ["exports"] });
  const cancel = useMutation({ mutationFn: () => cancelExport(id), onError, onSettled });
  const copyLink = useMutation({
    mutationFn: async () => {
      const { url } = await linkExport(id);
      // Browsers give the clipboard only to pages that came over TLS or from this machine.
      const copied = "clipboard" in navigator;
      if (copied) await navigator.clipboard.writeText(url);
      return { url, copied };
    },
    onSuccess: ({ url, copied }) =>
      notifications.show({
        color: "teal",
        title: copied ? "Link copied" : "Here is the link",
        message: copied ? "Whoever has it can download until it expires." : url,
        autoClose: copied,
      }),
    onError,
    onSettled,
  });
  const download = useMutation({
    mutationFn: () => linkExport(id),
    // The page reached the service at its own address, which need not be the one that links to others name.
    onSuccess: ({ url }) => {
      const { pathname, search } = new URL(url, window.location.origin);
      window.location.assign(pathname + search);
    },
    onError,
    onSettled,
  });
  return { cancel, copyLink, download };
}
