"""Pinyin of Chinese names: the sort key (the database has no Chinese collation) and the initials for search."""

from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_normal

# Characters read otherwise as a surname than in running text; the general dictionary gives the latter.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "朴": "piao", "查": "zha", "区": "ou", "盖": "ge",
    "任": "ren", "华": "hua", "纪": "ji", "覃": "qin", "洗": "xian", "冼": "xian", "员": "yun", "种": "chong",
    "秘": "bi", "缪": "miao", "翟": "zhai", "乐": "yue", "召": "shao", "尉": "yu", "折": "she", "黑": "he",
    "晁": "chao", "牟": "mou", "贲": "ben", "隗": "kui", "逄": "pang", "尹": "yin", "宁": "ning", "燕": "yan",
}  # fmt: skip
_DOUBLE = {"尉迟": ["yu", "chi"], "单于": ["chan", "yu"], "万俟": ["mo", "qi"], "长孙": ["zhang", "sun"]}


def syllables(name: str) -> list[str]:
    """One toneless syllable per character; letters stay letters."""
    text = name.strip()
    for double, sounds in _DOUBLE.items():
        if text.startswith(double):
            return [*sounds, *_read(text[2:])]
    if text[:1] in _SURNAMES:
        return [_SURNAMES[text[0]], *_read(text[1:])]
    return _read(text)


def _read(text: str) -> list[str]:
    # What is neither a character nor a letter (a dash, a dot between names) has no sound; a foreign name is several.
    sounds = (to_normal(s).lower() for s in lazy_pinyin(text, style=Style.NORMAL))
    return [
        "".join(filter(str.isalnum, word))
        for sound in sounds
        for word in sound.split()
        if any(map(str.isalnum, word))
    ]


def pinyin_of(name: str) -> str:
    """Sort key: syllables with a space between them, so that 李 安 stands before 李安安."""
    return keys_of(name)[0]


def initials_of(name: str) -> str:
    """First letters: 李佩兰 → lpl."""
    return keys_of(name)[1]


def keys_of(name: str) -> tuple[str, str]:
    """Sort key and first letters in one reading, for imports of many names."""
    sounds = syllables(name)
    return " ".join(sounds)[:120], "".join(sound[0] for sound in sounds)[:30]
