import type { FollowSheetRecord } from './record.ts'

type Attachment = NonNullable<FollowSheetRecord['attachment_list']>[number]

/** Addresses that a spreadsheet takes; longer ones make it repair the file. */
const MOST_URL = 2_000

/** What a cell shows of an attachment: its name if a click opens it, else also where it is. */
export function attachmentText(attachment: Attachment): string {
  const { name, cos_url } = attachment
  return attachmentUrl(attachment) === undefined ? attachmentLine(attachment) : name || cos_url || ''
}

/** Its name and where it is, in one text. */
export function attachmentLine({ name, cos_url, material_id }: Attachment): string {
  return [name, cos_url || material_id].filter(Boolean).join(' ')
}

/** The address to open with a click; only of the web: others could start programs. */
export function attachmentUrl({ cos_url }: Attachment): string | undefined {
  if (!cos_url || !/^https?:\/\//i.test(cos_url) || !URL.canParse(cos_url)) return undefined
  const { href } = new URL(cos_url)
  return href.length <= MOST_URL ? href : undefined
}
