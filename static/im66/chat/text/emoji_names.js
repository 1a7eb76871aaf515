// By what words the emoji of the picker are found, in English and Chinese. Pure.

import { PAIRS } from "./emoji_hant.js";

const NAMES = `
😀 grin happy smile 笑 开心
😄 smile happy laugh 笑 高兴
😁 beam grin teeth 嘻嘻 呲牙
😆 laugh squint 大笑
😅 sweat nervous laugh 尴尬 汗 苦笑
🤣 rofl laugh floor 笑翻 打滚
😂 joy laugh tears 笑哭
🙂 smile slight 微笑
😉 wink 眨眼
😊 blush smile shy 脸红 害羞 微笑
😇 angel innocent halo 天使
🥰 love hearts adore 喜欢 爱
😍 love heart eyes 色 喜欢 爱心眼
🤩 star eyes wow 崇拜 星星眼
😘 kiss love 亲亲 飞吻
😋 yum tasty delicious 好吃 馋
😜 tongue wink joke 吐舌 调皮
🤪 crazy zany silly 疯 搞怪
🤗 hug 拥抱 抱抱
🤭 giggle oops hand 偷笑 捂嘴
🤫 quiet shush secret 嘘 安静
🤔 think hmm wonder 思考 疑问 想
🫡 salute yes 敬礼 收到
🤐 zip mouth silent 闭嘴
😐 neutral meh 无语 面无表情
😏 smirk 得意 坏笑
😒 unamused annoyed 不爽 无语
🙄 roll eyes 白眼
😬 grimace awkward 尴尬 龇牙
😌 relieved calm 放松 安心
😴 sleep tired zzz 睡觉 困
😷 mask ill sick 口罩 生病
🤒 fever ill sick thermometer 发烧 生病
🥵 hot heat 热
🥶 cold freeze 冷
🤯 mind blown explode 震惊 爆炸
🥳 party celebrate birthday 庆祝 派对 生日
😎 cool sunglasses 酷 墨镜
🧐 monocle inspect 观察 研究
😕 confused unsure 困惑
🥺 please beg puppy 求求 可怜
😢 cry sad tear 哭 难过
😭 sob cry loud 大哭
😱 scream fear shock 惊恐 吓
😓 sweat tired 汗 累
😤 huff proud angry 生气 哼
😠 angry mad 生气
🤬 swear curse angry 骂人 愤怒
💀 skull dead 骷髅 死
🤡 clown 小丑
👍 thumbs up good yes ok like 赞 好 棒 同意
👎 thumbs down bad no dislike 踩 差 反对
👌 ok fine perfect 好的 没问题
✌️ peace victory two 胜利 耶
🤞 fingers crossed luck 祈祷 好运
🤝 handshake deal agree 握手 合作
👏 clap applause bravo 鼓掌
🙌 hands raise hooray 举手 太好了
🙏 pray please thanks 拜托 谢谢 祈祷
💪 muscle strong power 加油 强壮
👋 wave hello bye 你好 再见 挥手
🤙 call phone 打电话
☝️ up point one 上 一
👇 down point below 下
👉 right point 右
👈 left point 左
✊ fist power 拳头
👊 punch fist bump 拳头 碰拳
🫶 heart hands love 比心
🤦 facepalm 捂脸 无奈
🤷 shrug dunno whatever 摊手 不知道
🙋 raise hand question me 举手 提问
💁 info desk 介绍
🏃 run hurry 跑 赶
❤️ heart love red 爱心 爱 红心
🧡 heart orange 橙心
💛 heart yellow 黄心
💚 heart green 绿心
💙 heart blue 蓝心
💜 heart purple 紫心
🖤 heart black 黑心
💔 broken heart 心碎
💕 hearts love 爱心
💯 hundred perfect score 满分 一百
💢 anger 怒
💥 boom bang collision 爆炸
💤 sleep zzz 睡觉
🔥 fire hot lit 火
✨ sparkles shine 闪亮 星星
🎉 party tada congratulations 庆祝 恭喜
🎁 gift present 礼物
🌹 rose flower 玫瑰 花
💐 flowers bouquet 花束
🧧 red envelope money 红包
🐶 dog puppy 狗
🐱 cat 猫
🐭 mouse 老鼠
🐰 rabbit bunny 兔子
🐻 bear 熊
🐼 panda 熊猫
🐷 pig 猪
🐮 cow 牛
🐔 chicken 鸡
🐧 penguin 企鹅
🐢 turtle 乌龟
🐟 fish 鱼
🦋 butterfly 蝴蝶
🌸 blossom cherry flower 樱花 花
🌳 tree 树
🍀 clover luck 四叶草 好运
🌙 moon night 月亮 晚安
⭐ star 星星
☀️ sun sunny weather 太阳 晴
⛅ cloud cloudy weather 多云
🌧️ rain weather 下雨
⛄ snowman winter 雪人 冬天
🌈 rainbow 彩虹
🌊 wave sea water 海浪 海
🍎 apple fruit 苹果
🍉 watermelon fruit 西瓜
🍓 strawberry fruit 草莓
🍑 peach fruit 桃子
🥑 avocado 牛油果
🍅 tomato 西红柿 番茄
🌽 corn 玉米
🍞 bread 面包
🥟 dumpling 饺子
🍜 noodles ramen soup 面条 拉面
🍚 rice 米饭
🍣 sushi 寿司
🍕 pizza 披萨
🍔 burger hamburger 汉堡
🍟 fries 薯条
🍗 chicken leg meat 鸡腿
🍰 cake 蛋糕
🍦 ice cream 冰淇淋
🍬 candy sweet 糖
🍵 tea 茶
☕ coffee 咖啡
🧋 bubble tea 奶茶
🍺 beer drink 啤酒
🍷 wine drink 红酒
🏠 house home 家 房子
🏢 office building work 公司 办公楼
🚗 car 汽车
🚌 bus 公交
🚇 metro subway 地铁
✈️ plane flight travel 飞机 旅行
🚲 bicycle bike 自行车
⏰ alarm clock time 闹钟 时间
📅 calendar date 日历 日期
📌 pin 图钉 置顶
📎 paperclip attachment 回形针 附件
📷 camera photo 相机 照片
📱 phone mobile 手机
💻 computer laptop 电脑
💡 idea light bulb 灯泡 主意
💰 money 钱
🔑 key 钥匙
🔔 bell notification 铃铛 通知
🎵 music note 音乐
🎮 game 游戏
⚽ football soccer ball 足球
🏆 trophy win 奖杯 冠军
✅ check done yes 完成 对
❌ cross no wrong 错 叉
❓ question 问号 疑问
❗ exclamation important 感叹号 注意
`;

const HAN = /\p{scx=Han}+/gu;
const TRADITIONAL = new Map(PAIRS.trim().split(/,\s/).map((pair) => /** @type {[string, string]} */ (pair.split(" "))));

const IN_TRADITIONAL = new Set(TRADITIONAL.values());

/** @type {[string, string][]} */
const LINES = NAMES.trim()
  .split("\n")
  .map((line) => [line.slice(0, line.indexOf(" ")), inBoth(line.slice(line.indexOf(" ") + 1))]);

/** The words, also in Traditional Chinese. @param {string} words */
export function inBoth(words) {
  return [words, ...(words.match(HAN) ?? []).map((word) => TRADITIONAL.get(word) ?? "")].join(" ");
}

/** Whether one of some words begins with what is looked for, or a Chinese one holds it. @param {string} query @returns {(words: string) => boolean} */
export function finderOf(query) {
  const term = query.trim().toLowerCase();
  if (!term) return () => false;
  return /\p{scx=Han}/u.test(term) ? (words) => words.includes(term) : (words) => ` ${words}`.includes(` ${term}`);
}

/** The emoji that are found by this. @param {string} query @returns {string[]} */
export function emojiFor(query) {
  const isMeant = finderOf(query);
  return LINES.filter(([emoji, words]) => emoji === query.trim() || isMeant(words)).map(([emoji]) => emoji);
}

/** What an emoji is called: by all its words, since many share one. @param {string} emoji @returns {{ en: string, zh: string, hant: string }} */
export function emojiName(emoji) {
  const words = (LINES.find(([one]) => one === emoji)?.[1] ?? emoji).split(" ").filter((word) => word && !IN_TRADITIONAL.has(word));
  const chinese = words.filter((word) => /\p{scx=Han}/u.test(word));
  return { en: words.filter((word) => !chinese.includes(word)).join(" "), zh: chinese.join(" "), hant: chinese.map((word) => TRADITIONAL.get(word) ?? word).join(" ") };
}

/** In the order of the picker. */
export const NAMED = LINES.map(([emoji]) => emoji);
