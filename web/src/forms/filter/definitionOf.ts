import type { Definition } from "../../api/types";
import type { Filter } from "../../filters/model";
import { write } from "../../filters/write";

/**
 * The definition of a filter as the API takes it. What is entered may still not fit the language (a number beyond its
 * type, say): the service refuses that and names the place.
 */
export const definitionOf = (filter: Filter): Definition | undefined => write(filter).definition as Definition | undefined;
