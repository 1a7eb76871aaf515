"""Generates the Traditional Chinese texts from the Simplified Chinese ones: the catalog, the search words of
emoji, and the names of stickers.

OpenCC (opencc-python-reimplemented, Apache-2.0) converts characters and the vocabulary of Taiwan.
`CORRECTIONS` adds the vocabulary of chat apps. `python -m testkit.messages` generates all files; do not edit
them.
"""

import json
import re
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from opencc import OpenCC

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT / "static" / "im66" / "chat" / "text"
EMOJI = TEXTS / "emoji_hant.js"
EMOTIONS = ROOT / "static" / "im66" / "emotions" / "emotions.json"

# Replacements in OpenCC's result, applied in this order.
CORRECTIONS = {
    "“": "「",
    "”": "」",
    "天后": "天後",
    "未透過": "未通過",
    "不透過": "不通過",
    "透過後": "通過後",
    "未能透過": "未能通過",
    "新增到聯絡人": "加入聯絡人",
    "獲取位置": "取得位置",
    "賬": "帳",
    "後臺": "後台",
    "平臺": "平台",
    "臺裝置": "台裝置",
    "控制檯": "主控台",
    "身份": "身分",
    "登出帳號": "刪除帳號",
    "登出此帳號": "刪除此帳號",
    "將於{day}登出": "將於{day}刪除",
    "帳號將被登出": "帳號將被刪除",
    "封禁": "停權",
    "撤回": "收回",
    "遮蔽": "封鎖",
    "解除拉黑": "解除封鎖",
    "拉黑": "封鎖",
    "黑名單": "封鎖名單",
    "舉報": "檢舉",
    "二維碼": " QR Code",
    "檢視": "查看",
    "置頂": "釘選",
    "歸檔": "封存",
    "轉發": "轉傳",
    "訊息免打擾": "關閉通知",
    "免打擾": "勿擾",
    "審批": "審核",
    "電子郵箱": "電子郵件",
    "郵箱": "電子郵件",
    "群聊": "群組",
    "單聊": "個人對話",
    "私聊": "私訊",
    "會話": "對話",
    "條訊息": "則訊息",
    "條新訊息": "則新訊息",
    "條未讀": "則未讀",
    "條語音": "則語音",
    "上一條": "上一則",
    "下一條": "下一則",
    "位址列": "網址列",
    "許可權": "權限",
    "點選": "點按",
    "引數": "參數",
    "畫素": "像素",
    "稽核": "審核",
    "審計日誌": "稽核記錄",
    "髮送": "傳送",
    "聯系": "聯絡",
    "令牌": "權杖",
    "模板": "範本",
    "吊銷": "撤銷",
    "自定義": "自訂",
    "物件": "對象",
    "任何專案": "任何項目",
    "退出登入": "登出",
    "表示式": "運算式",
    "匹配方式": "比對方式",
    "匹配內容": "符合的內容",
    "音影片流": "影音串流",
    "釋出": "發布",
    "IP 地址": "IP 位址",
    "訪問地址": "網址",
    "主機名不": "主機名稱不",
    "應用上": "應用程式上",
    "查詢使用者": "尋找使用者",
    "型別": "類型",
    "全域性": "整個頁面",
    "客戶端": "用戶端",
    "上報": "回報",
    "裁剪": "裁切",
    "快捷鍵": "快速鍵",
    "新建": "建立",
    "當前": "目前",
    "重發": "重新傳送",
    "重連": "重新連線",
    "解封": "解除停權",
    "{metres} 米": "{metres} 公尺",
    "所有應用都": "所有應用程式都",
}
# Replacements of complete texts.
COMPLETE_TEXTS = {"贊": "讚", "應用": "應用程式", "連結 QR Code": "連結的 QR Code"}

_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_EMOJI_PER_LINE = 10
_EMOJI_HEAD = """// Words for emoji and stickers in Simplified and Traditional Chinese, where they differ.
// Made by `python -m testkit.messages` from emoji_names.js.

export const PAIRS = `
"""


@cache
def _taiwan() -> OpenCC:
    return OpenCC("s2twp")


def traditional(text: str) -> str:
    """Return the text as written in Taiwan."""
    converted: str = _taiwan().convert(text)
    for wrong, right in CORRECTIONS.items():
        converted = converted.replace(wrong, right)
    return COMPLETE_TEXTS.get(converted, converted)


def traditional_catalog(simplified: Catalog) -> Catalog:
    """Return the catalog with all translations converted."""
    catalog = Catalog(
        locale="zh_Hant",
        charset="utf-8",
        creation_date=simplified.creation_date,
        revision_date=simplified.revision_date,
        fuzzy=False,
    )
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    for message in simplified:
        if message.id:
            source = message.string
            converted = (
                traditional(source) if isinstance(source, str) else tuple(map(traditional, source or ()))
            )
            catalog.add(message.id, converted, context=message.context)
    return catalog


def emoji() -> str:
    """Return the script with the search words of emoji and stickers that differ."""
    words = _CHINESE.findall((TEXTS / "emoji_names.js").read_text())
    names = sorted({*words, *(emotion["zh"] for emotion in json.loads(EMOTIONS.read_text()))})
    converted = {name: traditional(name) for name in names}
    pairs = [f"{name} {other}" for name, other in converted.items() if name != other]
    lines = [
        ", ".join(pairs[start : start + _EMOJI_PER_LINE]) for start in range(0, len(pairs), _EMOJI_PER_LINE)
    ]
    return _EMOJI_HEAD + ",\n".join(lines) + "`;\n"


def emotions() -> str:
    """Return the JSON list of stickers, with their names in Traditional Chinese."""
    stickers = json.loads(EMOTIONS.read_text())
    lines = (
        json.dumps({**sticker, "hant": traditional(sticker["zh"])}, ensure_ascii=False)
        for sticker in stickers
    )
    return "[\n  " + ",\n  ".join(lines) + "\n]\n"
