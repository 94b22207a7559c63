import type { FollowSheetRecord } from './record.ts'

type Attachment = NonNullable<FollowSheetRecord['attachment_list']>[number]

/** Addresses that a spreadsheet takes; longer ones make it repair the file. */
const MOST_URL = 2_000

/** What a cell of an attachment shows: its name, or where it is. */
export function attachmentText({ name, cos_url, material_id }: Attachment): string {
  return name || cos_url || material_id || ''
}

/** The address to open with a click; only of the web: others could start programs. */
export function attachmentUrl({ cos_url }: Attachment): string | undefined {
  if (!cos_url || !/^https?:\/\//i.test(cos_url) || !URL.canParse(cos_url)) return undefined
  const { href } = new URL(cos_url)
  return href.length <= MOST_URL ? href : undefined
}
