/** What people of the demo company write. A `{word}` is filled in from the list of that name. */

const SLOTS = {
  product:
    '企业版 标准版 呼叫中心 会话存档 数据报表 营销自动化 开放接口 私有化部署 移动端 客户标签 工单模块'.split(
      ' ',
    ),
  role: '采购经理 王总 李总 信息部负责人 财务 张经理 运营总监 老板本人 行政 对接人 陈工 刘主任'.split(' '),
  amount: '3.8万 5万 6.5万 9.8万 12万 15万左右 20万以内 32万 50万 80万'.split(' '),
  day: '明天 后天 本周五 下周一 下周三 月底前 下个月初 三天内 节后 两周后'.split(' '),
  count: '5 10 15 20 30 50 80 100 200 300'.split(' '),
  tool: '友商A 友商B 表格 原来的系统 自研系统'.split(' '),
  rival: '友商A 友商B 另一家供应商 之前那家'.split(' '),
}

/** A sentence cut at its slots: text, or the list one word is taken from. */
export type Phrase = readonly (string | readonly string[])[]

function phrases(text: string): readonly Phrase[] {
  return text
    .trim()
    .split('\n')
    .map((line) =>
      line
        .trim()
        .split(/\{(\w+)\}/)
        .map((part, index) => (index % 2 === 0 ? part : SLOTS[part as keyof typeof SLOTS])),
    )
}

export const BRIEF = phrases(`
  已发资料。
  未接通，{day}再打。
  已加微信，待回复。
  客户在开会，稍后联系
  报价已发{role}
  暂无需求
  约了{day}演示
  在走合同流程。
  已回访，满意👍
  ok，等{role}确认
`)

export const OPENERS = {
  phone: phrases(`
    电话联系{role}，沟通约{count}分钟。
    给{role}打了电话，对方态度比较积极。
    回访电话，{role}接听，说最近比较忙。
    连打两次才接通，{role}表示可以继续聊。
    {role}主动来电咨询{product}的价格。
    例行电话跟进，了解近期使用情况。
  `),
  visit: phrases(`
    上门拜访{role}，现场演示了{product}。
    到客户公司拜访，见到{role}和两位业务同事。
    陪同技术同事一起拜访，{role}全程参与。
    二次拜访，重点沟通{product}的落地细节。
    顺路拜访，给{role}带了新版宣传册。
  `),
  chat: phrases(`
    企微上和{role}聊了{product}。
    发了{product}的介绍视频，{role}已查看。
    {role}在微信上问到{product}能否对接现有系统。
    节日问候，顺便提了{product}的优惠活动。
    把案例合集发给{role}，对方说内部讨论一下。
    语音沟通了几分钟，{role}比较认可。
  `),
  meeting: phrases(`
    线上会议，{role}及{count}人参加，演示{product}。
    开了需求沟通会，{role}逐条过了清单。
    视频会议讲解方案，现场答疑约半小时。
  `),
  friend: phrases(`
    已发送好友申请，等待通过。
    好友申请已通过，发了自我介绍和{product}资料。
    {role}通过了好友，约{day}电话细聊。
    短信发送后对方已添加，初步了解需求。
  `),
  other: phrases(`
    整理了客户资料，更新了联系人信息。
    内部讨论该客户方案，决定主推{product}。
    现场交流，{role}留了名片，对{product}感兴趣。
    邮件发送了正式报价单，抄送{role}。
    寄出样品和宣传册，预计{day}到。
  `),
} as const
export type Style = keyof typeof OPENERS

/** By target type: a sentence that fits only there. */
export const SPECIFIC: Readonly<Record<number, readonly Phrase[]>> = {
  1: phrases(`
    客户目前用的是{tool}，痛点是数据分散。
    团队约{count}人，销售每天要手工登记。
    老客户，想再加{count}个账号。
    对{product}比较满意，愿意做转介绍。
  `),
  3: phrases(`
    预算{amount}，需要走招标。
    本阶段卡在{role}审批，金额{amount}。
    同时在比{rival}，我们的优势是{product}。
    预计{day}给结论，成交把握七成。
  `),
  4: phrases(`
    线索有效，有明确需求。
    线索来自推广页面，填写的公司规模{count}人。
    对方只是了解一下，先放入培育。
    已确认决策人是{role}，可以转客户。
  `),
  9: phrases(`
    订单金额{amount}，首款已到账。
    催了尾款，{role}说{day}付。
    已安排实施，{day}上线。
    发票已开，寄到公司前台。
  `),
  10: phrases(`
    群里发布了{product}更新说明，{count}人已读。
    群内有人反馈导出慢，已转技术。
    在群里答疑三个问题，{role}点赞。
  `),
  11: phrases(`
    该联系人是技术把关人，关注接口和安全。
    联系人换岗，后续由{role}对接。
    核对了手机号和邮箱，信息准确。
  `),
  12: phrases(`
    企业今年计划扩到{count}人，信息化预算充足。
    查了公开信息，近期有融资消息。
    集团下有三家分公司，可以先做一家试点。
  `),
}

export const DETAILS = phrases(`
  客户最关心价格和售后响应时间。
  {role}觉得{product}的界面比{tool}清楚。
  报价{amount}，对方希望再优惠一点。
  需要支持{count}个账号，按年付费。
  担心历史数据迁移，已说明我们有导入工具。
  {role}要求提供同行业案例，至少两家。
  合同条款里付款方式还有分歧，法务在看。
  对{product}没有异议，主要是预算没批下来。
  现有系统合同{day}到期，是切换的好时机。
  技术问题：能否单点登录、能否对接ERP，已当场答复。
  试用账号已开通，有效期{count}天。
  提到{rival}报价更低，但功能少了{product}。
  决策链：{role}提需求，{role}审批，最后老板签字。
  对方团队年纪偏大，要求操作简单，培训要到位。
`)

export const NEXT_STEPS = phrases(`
  下一步：{day}发正式报价。
  约定{day}再沟通。
  {day}安排技术对接。
  等{role}内部会议结果，{day}跟进。
  已答应{day}给出定制方案。
  {day}再次上门。
  先保持联系，每两周问候一次。
  准备合同，争取{day}签。
`)

export const REMINDERS = phrases(`
  联系{role}确认报价
  {product}演示，提前准备环境
  回访{role}
  催合同盖章
  跟进试用情况
  尾款到期，提醒{role}
`)

export const EMOJI = ['👍', '😊', '🎉', '🔥', '💪', '🙏', '📞', '✅', '⚠️', '👨‍💼']
export const TITLES = ['首次沟通', '报价跟进', '合同推进', '方案演示', '售后回访', '续费沟通']
export const SECTIONS = ['背景', '需求', '预算', '竞品', '决策', '风险', '下一步']

export const CUSTOMER_STATES = ['潜在客户', '意向客户', '洽谈中', '已成交', '已流失']
export const TAGS = ['高意向', '重点客户', '价格敏感', '老客户', '需培育', '制造业', '教育行业', '华东']
export const STAGES = [
  { id: '1849712345678901249', name: '初步接洽' },
  { id: '1849712345678901250', name: '需求确认' },
  { id: '1849712345678901251', name: '方案报价' },
  { id: '1849712345678901252', name: '合同谈判' },
  { id: '1849712345678901253', name: '赢单' },
] as const
