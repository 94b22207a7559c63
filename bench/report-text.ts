/** The words of docs/performance.md and its twin: all that `npm run bench -- --report` does not measure. */

import type { Engine } from './databases.ts'
import type { RowId } from './figures.ts'

export type Language = 'zh' | 'en'

interface SettingWords {
  readonly day: string
  readonly commit: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly size: string
  readonly largest: string
}

interface Words {
  readonly title: string
  readonly twin: string
  readonly introduction: string
  readonly engine: (name: string) => string
  readonly setting: (words: SettingWords) => string
  readonly columns: readonly string[]
  readonly factColumns: readonly string[]
  /** Why a figure is not reached, what was tried, and what is nearest. */
  readonly missed: { readonly title: string } & Readonly<Record<Engine, Partial<Record<RowId, string>>>>
  readonly plots: Readonly<Record<'p3' | 'p4' | 'p5', string>>
  readonly method: string
}

const zh: Words = {
  title: '性能',
  twin: '[English](performance.en.md)',
  introduction: `每个列表应答都带准确的总数，任何一页都可以直接翻到。这里量的是：一页要花多少，它翻得多深、企业有多少条跟进对它有没有影响。

本页由 \`npm run bench -- --report\`（PostgreSQL 加 \`--database\`）生成，数字不要手改，文字在 \`bench/report-text.ts\`（改后 \`npm run bench:docs\`）。比值都出自同一次运行，双方轮流测量，取中位数，所以机器快慢不要紧；绝对数字只说明这台机器。`,
  engine: (name) => `## ${name}`,
  setting: ({ day, commit, node, cpu, cores, memoryGb, size, largest }) =>
    `${day}，提交 ${commit}，Node ${node}，${cpu}，${cores} 核，${memoryGb} GB；压测程序与数据库也在这台机器上。被测企业有 ${size} 条跟进，P4 与启动时间用 ${largest} 条的库。`,
  columns: ['编号', '数字', '对象', '目标', '值', '未问过'],
  factColumns: ['数字', '由来'],
  missed: {
    title: '没有达到的：',
    sqlite: {
      P7: '64 个写入者共用一次提交，省下的是落盘的等待；剩下的是每次创建约 155 µs 的处理器时间，都在一个线程里：HTTP 与 JSON 约 50，检查、五个索引与计数约 40，提交时把改动的约五页写进日志约 50。裸引擎单行提交在这里只要 240 µs，两倍就是每次创建 120 µs。试过而不用的：写入放进另一个线程（慢两成，每次多 40 µs：行要复制过去，而两个核心已由压测程序分去一半）；另一个线程把日志写回（慢两成，提交照样等磁盘 90 ms）；每个事务 16 或 32 条（慢三分之一）。最接近的是 64 MB 的日志：快四分之一，但每次写回停顿 105 ms，超过 P11 的 50 ms，所以日志为 8 MB。',
    },
    postgres: {
      P5: '一页 100 条约 80 kB。pg 先把每个值变成字符串，应答再编码成字节，一来一去约 110 µs；其余是 HTTP、凭证与这一页的查询本身。读成字节的办法试过：pg 对二进制格式也先变成字符串，换成别的驱动或自己读协议才行。单独跑这一行是 2.94 到 3.3，随机器而变。',
      P8: '每 500 行数据库要做约 45 ms：跟进 15，它们的 2,900 个计数 13，跟进对象 6，对象 5，其余是查有没有（导入可以重来）与提交；裸插入只有跟进与对象这几项，没有计数，也没有外键。外键约占五分之一，计数约占三成：都是有意保留的检查与精确的总数。试过：计数表的 fillfactor 50（没有差别），去掉计数与对象的外键（数据库时间少 16%），先发跟进再算计数（快 7%），读行时多让出事件循环（没有差别）；读下一批与写这一批已经同时进行。这些都做，估计约 0.45。',
      P9: '同样的服务在 SQLite 上是 210 MB 左右。差别在 pg：一页 80 kB 的文本，接收缓冲、两字节一个字的字符串与编码后的字节加起来约 600 kB，回收之前堆在一起，而 malloc 不把碎片还给系统。V8 的年轻代减到 1 MB，只跑 P5 与 P10 时是 246 MB，而全部跑完会更多，每个应答也更慢，所以没有用。',
    },
  },
  plots: {
    p3: 'P3：一页的耗时与深度，genjin 与朴素做法',
    p4: 'P4：第 1 页的耗时与企业规模，genjin 与朴素做法',
    p5: 'P5：逐页走完全企业时一页的耗时，genjin、按键直接读、朴素做法',
  },
  method: `## 怎样测量

数据：生成器造的一个企业，三年、500 名员工、60 个部门、12 种方式、7 种对象，对象数为跟进数的五分之一、20,000 到 200,000 个；旁边另有四个企业，各 100,000 条。固定种子，每次相同。测量之前，每个服务先答复数秒的请求，使代码都已编译。

“值”是同一个请求反复问；“未问过”是每个请求都是另一页，或另一名员工、另外的日子、另一种方式，同一请求不出现第二次（服务记住的应答用不上）。两者都列出，达标与否按“值”。

- **P1**：8 个连接。裸 HTTP 服务解析请求体，从内存答复同样的字节。压测程序可能先于裸服务用满一个核心，这时按每秒页数的比值偏高，“按 CPU 的比值”才作数。
- **P2**：裸驱动只执行分页查询（命名语句，没有总数、凭证、HTTP），分页查询由测量程序自己写出，深页按键定位。
- **P3、P4**：一个客户端，一次一个请求，轮流问各页，取中位数。朴素做法：在裸引擎上 \`COUNT(*)\` 加 \`ORDER BY … LIMIT … OFFSET\`。
- **P5**：一个客户端走到最后一页，每条跟进恰好出现一次、次序正确、总数不变，逐条核对；只计等待应答的时间。对照：从引擎按键每次读 100 行。分 20 段轮流。
- **P6**：同样的逐页，另一个连接每秒创建 50 条、跟进时间为现在（推动每一页）；每段与没有写入的同一段轮流。核对总数含有此前已应答的每次创建、每页次序正确。
- **P7**：64 个客户端各自等到应答（已落盘）再写下一条；对照：裸引擎一个连接，向列与索引都相同的表插入一行、提交一次，同样的持久性。之后核对总数。
- **P8**：导入一个新企业；对照：把它成为的那些行（跟进、对象及其索引）以 500 行一个事务插入同样的空表，SQLite 用预备语句，PostgreSQL 每表每事务一条语句。
- **P9**：服务进程在整个过程中的内存峰值（VmHWM）；从启动进程到开始监听的时间。
- **P10**：300 个随机组合，两到五个过滤条件、任意页、任意页大小，每个只问一次；每个应答的总数与 id 与内存里的参照逐一比对。
- **P11**：列表、逐页与导入同时进行，另一个进程每 5 毫秒在自己的连接上问 \`GET /livez\`；最长的应答减去中位数，就是事件循环停顿的上限（机器拥挤、排队也算在内）。“同时的空闲服务”是对一个无事可做的服务同样探测的结果：其中多少是机器本身的拥挤。

所有应答都与参照比对；\`npm run bench -- --quick\` 不到两分钟，只为这些核对。`,
}

const en: Words = {
  title: 'Performance',
  twin: '[中文](performance.md)',
  introduction: `Every answer of a list carries an exact total, and any page can be turned to at once. Measured here: what a page costs, and whether its depth and the size of the company matter to it.

This page is written by \`npm run bench -- --report\` (with \`--database\` for PostgreSQL): do not edit its figures; its words are in \`bench/report-text.ts\` (\`npm run bench:docs\` after a change). All ratios come from one run in which both sides take turns, medians, so the speed of the machine does not matter; absolute figures only tell about this machine.`,
  engine: (name) => `## ${name}`,
  setting: ({ day, commit, node, cpu, cores, memoryGb, size, largest }) =>
    `${day}, commit ${commit}, Node ${node}, ${cpu}, ${cores} cores, ${memoryGb} GB; the load and the database are on the same machine. The company that is measured has ${size} follow-ups; P4 and start-up use the database of ${largest}.`,
  columns: ['ID', 'figure', 'of', 'target', 'value', 'never asked before'],
  factColumns: ['figure', 'made of'],
  missed: {
    title: 'Not reached:',
    sqlite: {
      P7: 'what 64 writers save by sharing a commit is the wait for the disk; what is left is about 155 µs of CPU a create, all in one thread: HTTP and JSON about 50, checks, five indexes and counters about 40, writing the five or so pages that changed to the log about 50. A commit of a single row by the bare engine takes 240 µs here, so twice that means 120 µs a create. Tried and not taken: the writer in a thread of its own (a fifth slower, 40 µs more each: rows are copied to it, and the load has half of the two cores already); another thread that writes the log back (a fifth slower, and commits wait 90 ms for the disk all the same); 16 or 32 creates a transaction (a third slower). Nearest is a log of 64 MB: a quarter faster, but all stands still for 105 ms whenever it is written back, which is more than the 50 ms of P11, so the log has 8 MB.',
    },
    postgres: {
      P5: 'a page of 100 has about 80 kB. pg makes a string of every value, and the answer is encoded into bytes again: about 110 µs there and back; the rest is HTTP, the token and the query of the page itself. Reading bytes was tried: pg makes a string of the binary format too, so it takes another driver or reading the protocol ourselves. This row alone gives 2.94 to 3.3, depending on the machine.',
      P8: 'for each 500 lines the database works about 45 ms: follow-ups 15, their 2,900 counters 13, what they are about 6, targets 5, the rest is looking whether they are there (an import can be run again) and the commit; the bare insert has only follow-ups and targets, no counters and no foreign keys. Foreign keys are about a fifth, counters about 30 %: checks that are kept on purpose, and exact totals. Tried: a fillfactor of 50 for counters (no difference), no foreign keys of counters and of what follow-ups are about (16 % less work of the database), sending follow-ups before counting (7 % faster), letting the event loop go on more often while lines are read (no difference); reading the next batch and writing this one go on at the same time already. All of it together would be about 0.45.',
      P9: 'the same server on SQLite holds about 210 MB. The difference is pg: a page of 80 kB of text is received, made a string of two bytes a character and encoded, about 600 kB in all, which pile up until they are collected, and malloc does not give the fragments back. With a young generation of 1 MB it is 246 MB where only P5 and P10 are run, more where all is, and every answer takes longer: not taken.',
    },
  },
  plots: {
    p3: 'P3: what a page costs by its depth, genjin and the naive way',
    p4: 'P4: what page 1 costs by the size of the company, genjin and the naive way',
    p5: 'P5: what a page costs on a walk through the company: genjin, by key from the engine, the naive way',
  },
  method: `## How it is measured

Data: one company in the generator's shape, three years, 500 staff, 60 departments, 12 methods, 7 kinds of targets, a fifth as many targets as follow-ups, 20,000 to 200,000; beside it four other companies of 100,000 each. The seed is fixed: every run has the same. Before anything is measured every server answers for some seconds, so that its code is compiled.

"Value" is one request asked again and again. "Never asked before": every request is another page, or other staff, other days, another method, and none comes twice (answers that the server remembers are of no use). Both are shown; whether a target is reached goes by the value.

- **P1**: 8 connections. The bare HTTP server parses the body and answers the same bytes from memory. Where the load fills a core before the bare server does, the ratio of pages/s flatters and the ratio by CPU holds.
- **P2**: the bare driver runs the page's query alone (a named statement; no total, no token, no HTTP). The query is written out in the bench itself; deep pages are found by key.
- **P3, P4**: one client, one request at a time, all pages by turns, medians. The naive way: \`COUNT(*)\` and \`ORDER BY … LIMIT … OFFSET\` on the bare engine.
- **P5**: one client turns to the last page; every record is seen exactly once, in order, the total stays, all compared; only the wait for answers is timed. Beside it: reading by key from the engine, 100 rows at a time. 20 parts, by turns.
- **P6**: the same walk while another connection creates 50 a second whose follow time is now, so that they push all pages; each part by turns with the same part without writes. Every create that was answered before must be in the total, and each page must be in order.
- **P7**: 64 clients, each of which waits for its answer (durable) before it writes again; beside it the bare engine on one connection, one row into a table with the same columns and indexes and a commit each, at the same durability. Afterwards the total is compared.
- **P8**: import of a new company; beside it the very rows that it became (follow-ups, targets, their indexes) put into the same tables, empty, 500 lines a transaction: prepared statements on SQLite, one statement for each table and transaction on PostgreSQL.
- **P9**: the most memory the server's process held during all of it (VmHWM); time from the start of the process until it listens.
- **P10**: 300 random mixes of two to five filters, any page of any size, each asked once; total and ids of each answer are compared with the reference in memory.
- **P11**: while lists, a walk and an import go on, another process asks \`GET /livez\` every 5 ms on a connection of its own; the longest answer less the median bounds how long the event loop stood still (waiting in line and a crowded machine count too). "Idle server meanwhile" is the same probe on a server with nothing to do: how much of it is the machine's own crowding.

All answers are compared with the reference; \`npm run bench -- --quick\`, under two minutes, is there for these checks alone.`,
}

export const TEXT: Readonly<Record<Language, Words>> = { zh, en }

/** What figures are of, in Chinese. */
export const NAMES: Readonly<Record<string, string>> = {
  'no filter': '无过滤',
  'target type': '对象类型',
  '30 days': '30 天',
  'busiest method': '最常用方式',
  'one staff member': '一名员工',
  'department of 50': '50 人的部门',
  middle: '中间一页',
  last: '最后一页',
  '64 clients': '64 个客户端',
  'a new company': '新企业',
  memory: '内存',
  'start-up': '启动',
  longest: '最长',
}
