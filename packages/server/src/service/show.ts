/** A text as it is shown in a message: not too long. */
export function show(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text
}
