/** @module Addresses of the pages: what is shown is all in them. */

/** What the list shows. */
export interface ListQuery {
  readonly filter: string;
  /** See `sortingOf`. */
  readonly sort: string;
  /** Paths of the runs whose curves are drawn. */
  readonly runs: readonly string[];
}

/** What the list is sorted by where nothing is said. */
export const DEFAULT_SORT = "run";

/** What an address asks of the list. */
export function listQuery(params: URLSearchParams): ListQuery {
  return {
    filter: params.get("filter") ?? "",
    sort: params.get("sort") ?? DEFAULT_SORT,
    runs: [...new Set(params.getAll("run"))],
  };
}

/** Address of the list. */
export function listAddress({
  filter = "",
  sort = DEFAULT_SORT,
  runs = [],
}: Partial<ListQuery>): string {
  const params = new URLSearchParams();
  if (filter !== "") params.set("filter", filter);
  if (sort !== DEFAULT_SORT) params.set("sort", sort);
  for (const run of runs) params.append("run", run);
  return params.size === 0 ? "/" : `/?${params.toString()}`;
}

/** Address of the page of one run. */
export const runAddress = (path: string): string =>
  `/run?${new URLSearchParams({ path }).toString()}`;

const HERE = "http://here.invalid";

/** An address of ours, path and query, as a URL; `null` where it is malformed or another's. */
export function ownUrl(address: string): URL | null {
  if (!URL.canParse(address, HERE)) return null;
  const url = new URL(address, HERE);
  return url.origin === HERE ? url : null;
}
