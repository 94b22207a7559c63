import type { CommandEntry } from './command.ts'

/** Every command by its name, in the order of the help. `genjin --help` loads none of their files, nor what these import. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  serve: {
    zh: '启动服务',
    en: 'start the server',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  'corp add': {
    args: ['ID'],
    zh: '新增企业，并建好系统内置的跟进方式',
    en: 'add a company, with the built-in follow types',
    load: async () => (await import('./commands/companies.ts')).corpAdd,
  },
  'app list': {
    zh: '列出企业的应用：名称、是否只读、最近使用',
    en: 'list the apps of a company: name, whether they only read, last used',
    load: async () => (await import('./commands/apps.ts')).appList,
  },
  'app add': {
    zh: '为企业新增应用，app_secret 只显示这一次（也可写作 app create）',
    en: 'add an app to a company; its app_secret is shown this once (also: app create)',
    load: async () => (await import('./commands/apps.ts')).appAdd,
  },
  'app create': {
    zh: '同 app add',
    en: 'the same as app add',
    load: async () => (await import('./commands/apps.ts')).appAdd,
  },
  'app rename': {
    args: ['APPID', 'NAME'],
    zh: '重命名应用',
    en: 'give an app another name',
    load: async () => (await import('./commands/apps.ts')).appRename,
  },
  'app rotate': {
    args: ['APPID'],
    zh: '更换应用密钥，旧密钥在给定的时间内仍然有效',
    en: 'give an app another secret; the old one stays good for the time given',
    load: async () => (await import('./commands/apps.ts')).appRotate,
  },
  'app revoke': {
    args: ['APPID'],
    zh: '停用应用，它的 access_token 立即失效',
    en: 'disable an app and its access tokens, for good',
    load: async () => (await import('./commands/apps.ts')).appRevoke,
  },
  'token revoke': {
    args: ['APPID'],
    zh: '作废应用现有的 access_token，应用可以重新获取',
    en: "revoke an app's access tokens; it can fetch a new one",
    load: async () => (await import('./commands/apps.ts')).tokenRevoke,
  },
  'user list': {
    zh: '列出企业中可以登录的人员：角色、状态、最近使用',
    en: 'list who may sign in to a company: role, state, last seen',
    load: async () => (await import('./commands/users.ts')).userList,
  },
  'user invite': {
    args: ['USER_ID'],
    zh: '邀请员工登录：给出一个 24 小时内可用一次的链接',
    en: 'invite a staff member to sign in: prints a link that is good once, for 24 hours',
    load: async () => (await import('./commands/users.ts')).userInvite,
  },
  'user role': {
    args: ['USER_ID', 'ROLE'],
    zh: '调整角色：staff、manager 或 admin；此人须重新登录',
    en: 'change a role: staff, manager or admin; the person signs in again',
    load: async () => (await import('./commands/users.ts')).userRole,
  },
  'user disable': {
    args: ['USER_ID'],
    zh: '停用人员：立即退出全部登录，再次邀请后才能登录',
    en: 'disable a person: signed out everywhere at once, until invited again',
    load: async () => (await import('./commands/users.ts')).userDisable,
  },
  'user sessions': {
    args: ['USER_ID'],
    zh: '列出人员的登录，或用 --end 全部结束',
    en: 'list where a person is signed in, or end all of it with --end',
    load: async () => (await import('./commands/users.ts')).userSessions,
  },
  import: {
    args: ['FILE|-'],
    zh: '把数据包（NDJSON）导入企业；可反复运行，中断后再运行一次即可补完',
    en: 'import a bundle (NDJSON) into a company; running it again changes nothing, and completes what was interrupted',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  export: {
    zh: '导出：企业的全部数据为数据包，或用 --format 把符合条件的跟进导出为 Excel、CSV 或 NDJSON',
    en: 'export everything of a company as a bundle, or with --format the follow-ups that match as Excel, CSV or NDJSON',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  pull: {
    zh: '从兼容该接口的服务器（企微管家或 genjin）读出全部跟进，保存为数据包或写入数据库；中断后再运行一次即可继续',
    en: 'read every follow-up from a compatible server (the platform or genjin) into a bundle or a database; run again it continues where it was interrupted',
    load: async () => (await import('./commands/pull.ts')).pull,
  },
  sync: {
    zh: '把一个企业的全部跟进同步到一张表（PostgreSQL、SQLite）或一个文件夹：再运行一次只取新的变更，删除也同步',
    en: 'keep a plain table (PostgreSQL, SQLite) or a folder of files up to date with all follow-ups of a company: run again it takes only what changed, deletions included',
    load: async () => (await import('./commands/sync.ts')).sync,
  },
  move: {
    zh: '把一个企业的全部数据复制到另一个数据库（SQLite 与 PostgreSQL 之间任意方向），并核对两边；中断后再运行一次即可补完',
    en: 'copy everything of a company into another database (SQLite or PostgreSQL, either way) and compare both; run again it completes what was interrupted',
    load: async () => (await import('./commands/move.ts')).move,
  },
  'feed reset': {
    zh: '从备份恢复之后：让变更流的全部游标失效，读取方须从头重新读取',
    en: 'after a restore from a backup: invalidate all cursors of the change feed, so that readers start over',
    load: async () => (await import('./commands/upkeep.ts')).feedReset,
  },
  verify: {
    zh: '重新统计全部跟进，与计数和索引表比对；有不符则退出码为 1',
    en: 'count all follow-ups again and compare with the counters and index tables; exit code 1 when something differs',
    load: async () => (await import('./commands/upkeep.ts')).verify,
  },
  reindex: {
    zh: '由跟进记录重建计数和索引表；期间本企业的写入等待，查询照常',
    en: 'rebuild the counters and index tables from the records; meanwhile writes wait, reads go on',
    load: async () => (await import('./commands/upkeep.ts')).reindex,
  },
  migrate: {
    zh: '把数据库结构升级到本版本（其他命令启动时也会自动升级）',
    en: 'upgrade the database schema to this version (other commands do so as they start)',
    load: async () => (await import('./commands/upkeep.ts')).migrate,
  },
  diff: {
    zh: '向两个服务器发同样的随机查询，列出响应的全部不同；用来判断一个服务器能否替换另一个',
    en: 'send the same random requests to two servers and print where their responses differ, to judge a drop-in replacement',
    load: async () => (await import('./commands/diff.ts')).diff,
  },
}
