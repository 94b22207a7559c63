/** The text of docs/performance.md and its twin: everything that `npm run bench -- --report` does not measure. */

import type { Language } from '../tools/docs/language.ts'
import type { Engine } from './databases.ts'
import type { RowId } from './figures.ts'
import type { Machine } from './machine.ts'

interface Words {
  readonly title: string
  readonly twin: string
  readonly introduction: string
  readonly summary: SummaryWords
  readonly engine: (name: string) => string
  /** @param size follow-ups of the company that most is measured on; `largest` of the largest */
  readonly setting: (machine: Machine, size: string, largest: string) => string
  readonly columns: readonly string[]
  readonly factColumns: readonly string[]
  /** Why a figure is not reached, what was tried, and what is nearest. */
  readonly missed: { readonly title: string } & Readonly<Record<Engine, Partial<Record<RowId, string>>>>
  readonly plots: Readonly<Record<'p3' | 'p4' | 'p5', string>>
  readonly method: string
}

/** What the summary says of a run. Each is asked for with its figures; what was not measured is left out. */
interface SummaryWords {
  readonly title: string
  readonly columns: (engines: readonly string[]) => readonly string[]
  readonly rows: Readonly<Record<SummaryRow, string>>
  readonly units: Readonly<Record<'perSecond' | 'times' | 'seconds' | 'ms' | 'mb' | 'linesPerSecond', string>>
}

export type SummaryRow =
  | 'pages'
  | 'staffPages'
  | 'departmentPages'
  | 'repeated'
  | 'deep'
  | 'walk'
  | 'creates'
  | 'imported'
  | 'mixes'
  | 'longest'
  | 'others'
  | 'memory'
  | 'startUp'

const zh: Words = {
  title: '性能',
  twin: '[English](performance.en.md)',
  introduction: `每个列表响应都带准确的总数，任何一页都可以直接读取。本页说明这需要多少时间与内存，数据量增长或其他企业繁忙时是否仍然如此。`,
  summary: {
    title: `## 概要

在一台 2 核的普通服务器上（压测程序与数据库也在这台机器上），一个企业有 1,000,000 条跟进，另有四个企业。除“重复请求”外，每个请求此前都没有发送过：`,
    columns: (engines) => ['', ...engines],
    rows: {
      pages: '任意一页（20 条，带总数）',
      staffPages: '一名员工的任意一页',
      departmentPages: '50 人的部门的任意一页',
      repeated: '重复请求同一页',
      deep: '最后一页的耗时，与第 1 页相比',
      walk: '按页读完整个企业（每页 100 条）',
      creates: '64 个客户端同时创建',
      imported: '导入整个企业',
      mixes: '四个列表的任意条件组合，99% 的请求在此时间之内',
      longest: '其中最慢的一个',
      others: '一个企业同时发送 30 个最重的请求时，其他企业 99% 的请求在此时间之内',
      memory: '服务进程的内存峰值',
      startUp: '启动',
    },
    units: {
      perSecond: '页/秒',
      times: '倍',
      seconds: '秒',
      ms: '毫秒',
      mb: 'MB',
      linesPerSecond: '条/秒',
    },
  },
  engine: (name) => `## ${name}`,
  setting: ({ date, commit, node, cpu, cores, memoryGb }, size, largest) =>
    `${date.slice(0, 10)}，提交 ${commit}，Node ${node}，${cpu}，${cores} 核，${memoryGb} GB；压测程序与数据库在同一台机器上。被测企业有 ${size} 条跟进，P4 与启动时间使用 ${largest} 条的数据库。`,
  columns: ['编号', '指标', '对象', '值', '目标', '重复请求'],
  factColumns: ['指标', '原始数据'],
  missed: {
    title: '未达到的目标：',
    sqlite: {
      P7: '64 个写入方共用一次提交，节省的是等待落盘的时间；剩下的是每次创建约 155 µs 的 CPU 时间，都在一个线程中：HTTP 与 JSON 约 50，检查、五个索引与计数约 40，提交时把修改的约五页写入日志约 50。数据库引擎单行提交在这里只需 240 µs，达到两倍就要求每次创建 120 µs。试过但没有采用的方案：写入放到单独的线程（慢两成，每次多 40 µs：行要复制到线程，而两个核心已有一半被压测程序占用）；由另一个线程执行检查点（慢两成，提交同样要等待磁盘 90 ms）；每个事务 16 或 32 条（慢三分之一）。最接近的方案是 64 MB 的日志：快四分之一，但每次检查点停顿 105 ms，超过 P11 的 50 ms，因此日志为 8 MB。',
    },
    postgres: {
      P5: '一页 100 条约 80 kB。pg 先把每个值转换为字符串，响应再编码为字节，往返约 110 µs；其余是 HTTP、凭证与这一页的查询本身。试过直接读取字节：pg 对二进制格式也先转换为字符串，需要换用其他驱动或自行实现协议。单独运行这一项的结果是 2.94 到 3.3，因机器而异。',
      P8: '每 500 行，数据库需要约 45 ms：跟进 15，其 2,900 个计数 13，跟进所关联的对象 6，对象 5，其余是检查是否已存在（导入可以重新运行）与提交；基准插入只包括跟进与对象，没有计数，也没有外键。外键约占五分之一，计数约占三成：这是有意保留的检查与精确的总数。试过：计数表使用 fillfactor 50（没有差别），去掉计数与关联对象的外键（数据库时间减少 16%），先发送跟进再计算计数（快 7%），读取行时更频繁地让出事件循环（没有差别）；读取下一批与写入这一批已经同时进行。全部采用后估计约 0.45。',
      P9: '同样的服务在 SQLite 上约 210 MB。差别来自 pg：一页 80 kB 的文本，接收缓冲区、每字符两字节的字符串与编码后的字节合计约 600 kB，在回收之前不断累积，而 malloc 不把碎片归还系统。把 V8 的年轻代减到 1 MB，只运行 P5 与 P10 时是 246 MB，全部运行时更多，每个响应也更慢，因此没有采用。',
    },
  },
  plots: {
    p3: 'P3：一页的耗时与深度，genjin 与常规做法',
    p4: 'P4：第 1 页的耗时与企业规模，genjin 与常规做法',
    p5: 'P5：逐页读取整个企业时一页的耗时，genjin、按键直接读取、常规做法',
  },
  method: `## 测量方法

数据：由生成器生成的一个企业，三年、500 名员工、60 个部门、12 种跟进方式、7 种对象，对象数为跟进数的五分之一、20,000 到 200,000 个；另有四个企业，各 100,000 条。随机种子固定，每次相同。测量之前，每个服务先处理数秒的请求，使代码都已编译。

“值”只计首次请求：每次请求另一页，或另一名员工、另外的日期、另一种跟进方式、另一个对象、另外的 id，同一请求不出现第二次（无法使用服务的缓存）。是否达到目标以“值”为准。“重复请求”是反复发送同一个请求的结果，供对照。

本页由 \`npm run bench -- --report\`（PostgreSQL 加 \`--database\`）生成，数字不要手动修改；文字在 \`bench/report-text.ts\` 中，修改后运行 \`npm run bench:docs\`。比值都来自同一次运行，双方交替测量并取中位数，因此与机器快慢无关；绝对数字只反映这台机器。

- **P1**：8 个连接，任意一页；一个对象有 8 到 40 条跟进，20 个 id 每次不同。基准 HTTP 服务解析请求体，从内存返回同样大小的响应。压测程序可能先于基准服务占满一个核心，此时按每秒页数的比值偏高，应以“按 CPU 的比值”为准。
- **P2**：基准驱动只执行分页查询（命名语句，没有总数、凭证、HTTP），分页查询由测量程序自行编写，深页按键定位。
- **P3、P4**：一个客户端，每次一个请求，轮流请求各页，取中位数。常规做法：在数据库引擎上直接使用 \`COUNT(*)\` 加 \`ORDER BY … LIMIT … OFFSET\`。
- **P5**：一个客户端读取到最后一页，每条跟进恰好出现一次、顺序正确、总数不变，逐条核对；只计算等待响应的时间。对照：从数据库引擎按键每次读取 100 行。分 20 段交替进行。
- **P6**：同样逐页读取，同时另一个连接每秒创建 50 条跟进时间为当前时间的跟进（每一页都会后移）；每段与没有写入的同一段交替进行。核对总数包含此前已返回成功的每次创建，每页顺序正确。
- **P7**：64 个客户端各自等到响应（已落盘）再写下一条；对照：数据库引擎的一个连接，向列与索引都相同的表每次插入并提交一行，持久性相同。之后核对总数。
- **P8**：导入整个被测企业一次（生成数据与导入同时进行）；对照：把它对应的行（跟进、对象、关联及其索引）以每个事务 20,000 行插入同样的空表，SQLite 使用预处理语句、64 MB 缓存与 synchronous=NORMAL，最后写入检查点，PostgreSQL 每表每事务一条语句。
- **P9**：服务进程在整个过程中的内存峰值（VmHWM）；从启动进程到开始监听的时间。
- **P10**：600 个请求，每个只发送一次，任意页、任意页大小：员工跟进列表的两到五个条件的随机组合 300 个；1、2、10、80、1,000 个对象（少见的与跟进最多的）加零到两个条件（包括 title）150 个；系统跟进列表 75 个；客户与商机的跟进列表 75 个。每个响应的总数与 id 与内存中的参照逐一比对。
- **P11**：列表（包括大量对象）、逐页读取与导入同时进行，另一个进程每 5 毫秒在单独的连接上请求 \`GET /livez\`，并以另一个企业的身份读取没有请求过的页。“最长”是 \`/livez\` 最慢的响应减去中位数，即事件循环停顿的上限（包括机器繁忙与排队）；“同时的空闲服务”是对空闲服务做同样探测的结果，反映机器本身繁忙的部分。
- **P12**：被测企业同时保持 30 个最重的请求（80 与 1,000 个跟进最多的对象、几百名员工、较早的两个列表的深页），另一个企业逐页读取没有请求过的页；与没有这些请求时交替测量，取两者的 p99 之比。
- **P13**：单独的服务与数据库，60,000 条跟进与 100 条 1 MB 的跟进；\`npm run soak:abuse\` 的每种滥用各 5 秒：只发请求不读响应、未发完的请求体、100 MB 的页、无意义的通讯录等。

所有响应都与参照比对；\`npm run bench -- --quick\` 不到两分钟，只用于这些核对。`,
}

const en: Words = {
  title: 'Performance',
  twin: '[中文](performance.md)',
  introduction: `Every list response has an exact total, and any page can be requested directly. This page says how much time and memory that takes, and whether it stays so as data grows or while other companies are busy.`,
  summary: {
    title: `## Summary

An ordinary server of 2 cores, on which the load generator and the database run too; one company has 1,000,000 follow-ups, beside four others. Except for the repeated request, no request was ever sent before:`,
    columns: (engines) => ['', ...engines],
    rows: {
      pages: 'any page (20 records, with total)',
      staffPages: 'any page of one staff member',
      departmentPages: 'any page of a department of 50',
      repeated: 'the same page again and again',
      deep: 'time of the last page, beside page 1',
      walk: 'reading the whole company, 100 per page',
      creates: 'creates by 64 clients at once',
      imported: 'import of the whole company',
      mixes: 'any combination of filters on the four lists: 99 % of requests within',
      longest: 'the slowest of them',
      others:
        'while one company sends 30 of its worst requests at once: 99 % of the requests of others within',
      memory: 'peak memory of the server process',
      startUp: 'start-up',
    },
    units: {
      perSecond: 'pages/s',
      times: '×',
      seconds: 's',
      ms: 'ms',
      mb: 'MB',
      linesPerSecond: 'records/s',
    },
  },
  engine: (name) => `## ${name}`,
  setting: ({ date, commit, node, cpu, cores, memoryGb }, size, largest) =>
    `${date.slice(0, 10)}, commit ${commit}, Node ${node}, ${cpu}, ${cores} cores, ${memoryGb} GB; the load generator and the database are on the same machine. The measured company has ${size} follow-ups; P4 and start-up use the database of ${largest}.`,
  columns: ['ID', 'figure', 'of', 'value', 'target', 'repeated request'],
  factColumns: ['figure', 'raw data'],
  missed: {
    title: 'Targets not reached:',
    sqlite: {
      P7: '64 writers that share a commit save the wait for the disk; what remains is about 155 µs of CPU per create, all in one thread: HTTP and JSON about 50, checks, five indexes and counters about 40, writing the five or so changed pages to the log about 50. A single-row commit of the plain engine takes 240 µs here, so twice its rate means 120 µs per create. Tried and rejected: the writer in a separate thread (a fifth slower, 40 µs more each: rows are copied to it, and the load generator already takes half of the two cores); checkpoints in another thread (a fifth slower, and commits wait 90 ms for the disk all the same); 16 or 32 creates per transaction (a third slower). The closest is a log of 64 MB: a quarter faster, but every checkpoint pauses everything for 105 ms, more than the 50 ms of P11, so the log has 8 MB.',
    },
    postgres: {
      P5: 'a page of 100 has about 80 kB. pg makes a string of every value, and the response is encoded to bytes again: about 110 µs for both; the rest is HTTP, the token and the query of the page itself. Reading bytes was tried: pg makes a string of the binary format too, so it would take another driver or our own implementation of the protocol. This row alone gives 2.94 to 3.3, depending on the machine.',
      P8: 'for every 500 lines the database works about 45 ms: follow-ups 15, their 2,900 counters 13, the targets they refer to 6, targets 5, the rest is checking whether they exist (an import can be run again) and the commit; the baseline insert has only follow-ups and targets, no counters and no foreign keys. Foreign keys are about a fifth, counters about 30 %: checks that are kept on purpose, and exact totals. Tried: a fillfactor of 50 for counters (no difference), no foreign keys of counters and of target references (16 % less work for the database), sending follow-ups before counting (7 % faster), yielding to the event loop more often while reading lines (no difference); reading the next batch and writing this one already overlap. All of it together would give about 0.45.',
      P9: 'the same server on SQLite uses about 210 MB. The difference is pg: for a page of 80 kB of text, the receive buffer, a string of two bytes per character and the encoded bytes take about 600 kB in all, which accumulate until they are collected, and malloc does not return the fragments to the system. With a young generation of 1 MB it is 246 MB if only P5 and P10 run, more if everything runs, and every response takes longer, so this was rejected.',
    },
  },
  plots: {
    p3: 'P3: cost of a page by depth, genjin and the naive way',
    p4: 'P4: cost of page 1 by size of the company, genjin and the naive way',
    p5: 'P5: cost of a page when reading the whole company: genjin, by key from the engine, the naive way',
  },
  method: `## How it is measured

Data: one generated company with three years, 500 staff, 60 departments, 12 follow types, 7 target types, and a fifth as many targets as follow-ups, 20,000 to 200,000; besides it four other companies of 100,000 each. The seed is fixed: every run has the same data. Before measuring, every server handles requests for some seconds, so that its code is compiled.

"Value" counts first-time requests only: every request is for another page, or other staff, other days, another follow type, another target, other ids, and none occurs twice (the server's cache is of no use). Targets apply to the value. "Repeated request" is the same request again and again, for comparison.

This page is generated by \`npm run bench -- --report\` (with \`--database\` for PostgreSQL): do not edit its figures; its text is in \`bench/report-text.ts\` (run \`npm run bench:docs\` after a change). All ratios are from one run in which both sides alternate, as medians, so the speed of the machine does not matter; absolute figures only describe this machine.

- **P1**: 8 connections, any page; a target has 8 to 40 follow-ups, and the 20 ids are others each time. The baseline HTTP server parses the body and returns a response of the same size from memory. If the load generator fills a core before the baseline server does, the ratio of pages/s is too favourable and the ratio by CPU is the valid one.
- **P2**: the baseline driver runs only the page's query (a named statement; no total, no token, no HTTP). The query is written out in the bench itself; deep pages are located by key.
- **P3, P4**: one client, one request at a time, all pages in turn, medians. The naive way: \`COUNT(*)\` and \`ORDER BY … LIMIT … OFFSET\` on the plain engine.
- **P5**: one client reads to the last page; every record appears exactly once, in order, and the total stays the same, all verified; only the wait for responses is timed. For comparison: reading by key from the engine, 100 rows at a time. In 20 alternating parts.
- **P6**: the same walk while another connection creates 50 follow-ups per second with the current follow time, which shifts every page; each part alternates with the same part without writes. Every create acknowledged before must be in the total, and each page must be in order.
- **P7**: 64 clients, each of which waits for its response (durable) before it writes again; for comparison, the plain engine on one connection inserts and commits one row at a time into a table with the same columns and indexes, with the same durability. Afterwards the total is verified.
- **P8**: one import of the whole measured company (its lines are generated meanwhile); for comparison, the rows it becomes (follow-ups, targets, links, their indexes) inserted into the same empty tables, 20,000 lines per transaction: prepared statements, a cache of 64 MB, synchronous=NORMAL and a checkpoint at the end on SQLite, one statement per table and transaction on PostgreSQL.
- **P9**: the peak memory of the server process during all of it (VmHWM); time from the start of the process until it listens.
- **P10**: 600 requests, each sent once, any page of any size: 300 random combinations of two to five filters of follow/list; 150 with 1, 2, 10, 80 or 1,000 targets (rare ones and the busiest) and none to two other filters (title among them); 75 of the list of system follow-ups; 75 of the two older lists. Total and ids of each response are compared with the reference in memory.
- **P11**: during lists (with many targets, too), a walk and an import, another process requests \`GET /livez\` every 5 ms on its own connection, and as another company pages that were never requested. "Longest" is the slowest response of \`/livez\` minus the median, an upper bound for how long the event loop was blocked (queueing and a busy machine are included). "Idle server meanwhile" is the same probe of an idle server: the part caused by the machine itself.
- **P12**: the measured company keeps 30 of its worst requests going (80 and 1,000 of the busiest targets, hundreds of staff, deep pages of the two older lists) while another company requests pages that were never requested; in turns with nothing of the kind. The ratio of both p99.
- **P13**: a server and a database of their own, 60,000 follow-ups and 100 of 1 MB; each kind of misuse of \`npm run soak:abuse\` for 5 seconds: requests whose responses are not read, bodies that are not sent to their end, pages of 100 MB, a directory of nonsense, and so on.

All responses are compared with the reference; \`npm run bench -- --quick\`, under two minutes, is for these checks only.`,
}

export const TEXT: Readonly<Record<Language, Words>> = { zh, en }

/** What figures measure, in Chinese. */
export const NAMES: Readonly<Record<string, string>> = {
  'no filter': '无过滤',
  'target type': '对象类型',
  '30 days': '30 天',
  'busiest follow type': '最常用跟进方式',
  'one staff member': '一名员工',
  'department of 50': '50 人的部门',
  'one target': '一个对象',
  '20 ids': '20 个 id',
  middle: '中间一页',
  last: '最后一页',
  '64 clients': '64 个客户端',
  'the whole company': '整个企业',
  '30 at once': '同时 30 个',
  'page of another company': '另一个企业的一页',
  memory: '内存',
  'start-up': '启动',
  longest: '最长',
}
