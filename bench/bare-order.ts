/** Requests to the bare engine (bare-engine.ts) and its responses, one line of JSON each. */

/** The conditions of a page, written out: nothing of genjin's own SQL. */
export interface BareFilter {
  readonly type?: number
  readonly from?: number
  readonly before?: number
  readonly followType?: number
  readonly users?: readonly string[]
}

/** The last record of the page before. */
export interface Key {
  readonly time: number
  readonly id: string
}

export interface BarePage {
  readonly filter: BareFilter
  readonly limit: number
  /** Where the page begins: behind this record, or after so many. */
  readonly after?: Key | undefined
  readonly offset?: number
}

export type Order =
  /** Runs pages for so long, so many at once, one after the other and from the start again. */
  | { readonly do: 'load'; readonly name: string; readonly inFlight: number; readonly seconds: number }
  /** Keeps pages under a name. */
  | { readonly do: 'pages'; readonly name: string; readonly pages: readonly BarePage[] }
  /** The naive way: counts what matches and skips to the page; how long each takes. */
  | {
      readonly do: 'naive'
      readonly pages: readonly BarePage[]
      readonly count: boolean
      readonly times: number
    }
  /** Reads on by key. */
  | { readonly do: 'walk'; readonly after: Key | undefined; readonly pages: number; readonly limit: number }
  /** Puts the rows of a company into empty tables of the same columns and indexes. */
  | { readonly do: 'fill'; readonly corp: string }
  /** Adds rows one by one, a commit each, for so long. */
  | { readonly do: 'commit'; readonly seconds: number }

export interface Answers {
  readonly load: { readonly pages: number; readonly seconds: number }
  readonly pages: null
  readonly naive: { readonly us: readonly number[] }
  readonly walk: { readonly rows: number; readonly seconds: number; readonly after: Key | undefined }
  readonly fill: { readonly lines: number; readonly seconds: number }
  readonly commit: { readonly pages: number; readonly seconds: number }
}
