import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { sentence } from "../api/errors";
import { cancelExport, linkExport, retryExport, revokeLinks, verifyExport } from "../api/exports";

/** What can be done with a job: stop it, run it once more, prove its files, or get a fresh link to them. */
export function useJobActions(id: string) {
  const queries = useQueryClient();
  const onError = (error: unknown) => notifications.show({ color: "red", title: "That did not work", message: sentence(error) });
  const onSettled = async () => {
    await Promise.all([queries.invalidateQueries({ queryKey: ["exports"] }), queries.invalidateQueries({ queryKey: ["audit"] })]);
  };
  const cancel = useMutation({ mutationFn: () => cancelExport(id), onError, onSettled });
  const retry = useMutation({ mutationFn: () => retryExport(id), onError, onSettled });
  // Its answer is shown where it was asked for, also where it is an error.
  const verify = useMutation({ mutationFn: () => verifyExport(id) });
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
  const revoke = useMutation({
    mutationFn: () => revokeLinks(id),
    onSuccess: () =>
      notifications.show({ color: "teal", title: "Links taken back", message: "No link that was given out until now works any more." }),
    onError,
    onSettled,
  });
  return { cancel, retry, verify, copyLink, download, revoke };
}
