/** Responses of the demo corp to the examples, and of provoked errors (test/docs/record-samples.ts). */
export interface Samples {
  readonly operations: Readonly<Record<string, unknown>>
  readonly errors: Readonly<Record<string, unknown>>
}
