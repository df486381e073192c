import { useQuery } from "@tanstack/react-query";
import { listsQuery } from "../api/lists";
import { savedSegmentsQuery } from "../api/savedSegments";

/** Puts the names of saved segments and lists where a text has their ids. */
export function useSavedNames(): (text: string) => string {
  const segments = useQuery({ ...savedSegmentsQuery(), staleTime: 60_000 });
  const lists = useQuery({ ...listsQuery(), staleTime: 60_000 });
  const names = new Map([...(segments.data?.segments ?? []), ...(lists.data?.lists ?? [])].map(({ id, name }) => [id, name]));
  return (text) =>
    text.replace(/\b(?:seg|lst)_[0-9a-z]+/g, (id) => {
      const name = names.get(id);
      return name === undefined ? id : `“${name}”`;
    });
}
