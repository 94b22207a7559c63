import { rewriteReport } from './report.ts'

rewriteReport()
