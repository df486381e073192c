import { useQuery } from "@tanstack/react-query";
import { destinationsQuery } from "../api/destinations";
import { Choices } from "../ui/Choices";

interface Props {
  values: string[];
  onChange: (values: string[]) => void;
  error: string | undefined;
}

/** Where the files of an export are sent; not there where there are no destinations. */
export function DestinationChoice({ values, onChange, error }: Props) {
  const destinations = useQuery(destinationsQuery());
  const options = (destinations.data?.destinations ?? []).filter(({ disabled }) => !disabled).map(({ id, name }) => ({ value: id, label: name }));
  if (options.length === 0 && values.length === 0) return null;
  return <Choices label="Destinations" labelled placeholder="Send the files to" options={options} values={values} onChange={onChange} error={error} />;
}
