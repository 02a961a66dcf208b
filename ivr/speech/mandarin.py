"""Mandarin text to Kokoro's phonemes, with Taiwan's readings.

The synthesiser's own front end reads Traditional text badly: its phrase book is Simplified.
"""

import re
from functools import cache
from typing import Any

HAN = re.compile("[\u4e00-\u9fff]+|[^\u4e00-\u9fff]+")

# Where Taiwan reads a word otherwise than the mainland, or the phrase book is wrong. Simplified keys.
TAIWAN_READINGS = {
    "垃圾": "le4 se4",
    "品质": "pin3 zhi2",
    "星期": "xing1 qi2",
    "期间": "qi2 jian1",
    "暂时": "zhan4 shi2",
    "危难": "wei2 nan4",
    "危急": "wei2 ji2",
    "讯息": "xun4 xi2",
    "研究": "yan2 jiu4",
    "企业": "qi4 ye4",
    "为准": "wei2 zhun3",
    "为您": "wei4 nin2",
    "为确保": "wei4 que4 bao3",
    "重听": "chong2 ting1",
    "重复": "chong2 fu4",
    "重新": "chong2 xin1",
    "将": "jiang1",
    "将于": "jiang1 yu2",
    "转接": "zhuan3 jie1",
    "暂停": "zhan4 ting2",
    "会说": "hui4 shuo1",
    # Cut in the wrong place otherwise, and so stressed in the wrong place.
    "分机号码": "fen1 ji1 hao4 ma3",
    "非上班时间": "fei1 shang4 ban1 shi2 jian1",
    "井字键": "jing3 zi4 jian4",
    "米字键": "mi3 zi4 jian4",
    "星期一": "xing1 qi2 yi1",
}


def mandarin(text: str) -> str:
    """Words cut by jieba, read by pypinyin unless Taiwan reads them otherwise, written in IPA."""
    to_simplified, to_ipa = _tools()
    spoken = ""
    for piece in HAN.findall(to_ipa.map_punctuation(to_simplified.convert(text))):
        spoken += _words(piece) if "\u4e00" <= piece[0] <= "\u9fff" else piece
    # A combining mark the model does not know.
    return spoken.replace(chr(815), "").strip()


def _words(piece: str) -> str:
    import jieba

    _, to_ipa = _tools()
    return " ".join("".join(map(to_ipa.py2ipa, _reading(word))) for word in jieba.lcut(piece))


def _reading(word: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    if word in TAIWAN_READINGS:
        return TAIWAN_READINGS[word].split()
    return list(lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True))


@cache
def _tools() -> tuple[Any, Any]:
    import jieba
    from misaki.zh import ZHG2P
    from opencc import OpenCC

    jieba.setLogLevel("ERROR")
    for word in TAIWAN_READINGS:
        if len(word) > 1:
            jieba.add_word(word, freq=10**6)
    return OpenCC("tw2s"), ZHG2P
