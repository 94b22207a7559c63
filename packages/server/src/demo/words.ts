/** Vocabulary of the demo company: names of people, places, companies and departments. All of it is made up. */

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}

/** `张zhang` → the character and how it is spelled. */
function spelled(text: string) {
  return words(text).map((word) => {
    const start = word.search(/[a-z]/)
    return { hanzi: word.slice(0, start), pinyin: word.slice(start) }
  })
}

export const SURNAMES = spelled(`
  王wang 李li 张zhang 刘liu 陈chen 杨yang 赵zhao 黄huang 周zhou 吴wu 徐xu 孙sun 胡hu 朱zhu 高gao 林lin 何he 郭guo
  马ma 罗luo 梁liang 宋song 郑zheng 谢xie 韩han 唐tang 冯feng 于yu 董dong 萧xiao 程cheng 曹cao 袁yuan 邓deng 许xu
  傅fu 沈shen 曾zeng 彭peng 吕lv 欧阳ouyang 上官shangguan
`)

export const GIVEN_NAMES = spelled(`
  伟wei 芳fang 娜na 敏min 静jing 强qiang 磊lei 洋yang 艳yan 勇yong 军jun 杰jie 娟juan 涛tao 明ming 超chao 霞xia
  平ping 刚gang 桂英guiying 建国jianguo 志强zhiqiang 秀兰xiulan 晓东xiaodong 雨桐yutong 子轩zixuan 欣怡xinyi
  浩然haoran 诗涵shihan 宇航yuhang 梦琪mengqi 俊杰junjie 思远siyuan 佳宁jianing 文博wenbo 海燕haiyan 丽华lihua
  建华jianhua 振宇zhenyu 雪梅xuemei 天佑tianyou 嘉豪jiahao 晓雯xiaowen 立群liqun 婷婷tingting
`)

export const ENGLISH_NAMES = words(
  'Allen Amy Bella Bruce Cindy David Ella Frank Grace Henry Ivy Jack Kelly Leo Mia Nick Olivia Peter Ruby Sam',
)

export interface City {
  name: string
  lat: number
  lng: number
  districts: readonly string[]
}

export const CITIES: readonly City[] = `
  上海 31.2304 121.4737 浦东新区 静安区 徐汇区 闵行区
  北京 39.9042 116.4074 朝阳区 海淀区 丰台区 大兴区
  广州 23.1291 113.2644 天河区 越秀区 番禺区
  深圳 22.5431 114.0579 南山区 福田区 宝安区 龙华区
  杭州 30.2741 120.1551 西湖区 滨江区 余杭区
  南京 32.0603 118.7969 鼓楼区 江宁区 建邺区
  苏州 31.2989 120.5853 姑苏区 吴中区 虎丘区
  成都 30.5728 104.0668 武侯区 锦江区 双流区
  武汉 30.5928 114.3055 江汉区 洪山区 武昌区
  西安 34.3416 108.9398 雁塔区 碑林区 未央区
  重庆 29.5630 106.5516 渝北区 江北区 南岸区
  青岛 36.0671 120.3826 市南区 崂山区 黄岛区
  厦门 24.4798 118.0894 思明区 湖里区 集美区
  长沙 28.2282 112.9388 岳麓区 雨花区 芙蓉区
  郑州 34.7466 113.6253 金水区 二七区 中原区
`
  .trim()
  .split('\n')
  .map((line) => {
    const [name, lat, lng, ...districts] = words(line)
    return { name: name as string, lat: Number(lat), lng: Number(lng), districts }
  })

export const ROADS = words(
  '人民路 中山路 建设路 解放大道 科技路 创业路 滨河路 文化街 学府路 迎宾大道 高新一路 金融街',
)
export const BUILDINGS = words(
  '创新大厦 国际广场 科技园 软件园 商务中心 时代大厦 产业园 金融中心 云谷 双子座',
)

export const BRAND_HEADS = words('恒 远 云 帆 瑞 鼎 华 盛 启 智 博 诚 鑫 泰 宏 嘉 锐 联 星 海 蓝 绿 新 正')
export const BRAND_TAILS = words('达 通 信 力 源 辰 创 捷 丰 和 美 康 腾 飞 科 途 域 合 越 邦 宇 晟 川 谷')
export const INDUSTRIES = words(
  '科技 信息 贸易 机械 电子 医疗器械 教育 物流 食品 建材 新能源 文化传媒 家居 生物 汽配',
)

export const CUSTOMER_ROLES = words(
  '采购经理 总经理 信息部经理 运营总监 销售总监 财务主管 IT工程师 行政主管 市场经理 董事长助理',
)
export const CLUE_SOURCES = words('官网 展会 百度推广 短视频 老客户介绍 电话咨询 公众号 渠道')
export const PROJECT_KINDS = words('采购 续费 升级 试点 扩容 二期')
export const GROUP_KINDS = words('项目交流群 服务群 技术支持群 对接群')

export const COMPANY_NAME = '示例科技（演示）'
export const REGIONS = words(
  '华东大区 华南大区 华北大区 华中大区 西南大区 西北大区 东北大区 华东二区 华南二区',
)

/** Positions by the kind of department. */
export const POSITIONS = {
  sales: words('销售顾问 客户经理 高级销售顾问 大客户经理'),
  lead: words('销售主管'),
  region: words('大区总监 大区运营'),
  office: words('专员 主管 助理 经理'),
} as const
