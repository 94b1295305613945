"""What a mail says of a change of the schedule: the news, and what it asks of an administrator.

English stands with 繁體中文 beside it here, not in a catalogue: every mail says both.
"""

from collections.abc import Mapping
from string import Template
from textwrap import fill

LINE = 78

TITLES_ZH: dict[str, str] = {
    "user-email": "登記使用者的雙重認證電郵地址",
    "da-email": "登記獲授權管理員的雙重認證電郵地址",
    "briefing": "並行運作準備簡介會",
    "user-guide": "派發使用者指南",
    "connectivity": "連線測試",
    "parallel-start": "並行運作開始",
    "parallel-end": "並行運作結束",
    "decommission": "停用智能卡認證方式",
}

STATUSES_ZH: dict[str, str] = {
    "tentative": "暫定",
    "confirmed": "已確定",
    "done": "已完成",
    "cancelled": "已取消",
}

NEWS: dict[str, tuple[str, str]] = {
    "revised": (
        "The window of this milestone was revised; it was $old_window before.",
        "此項目的時段已修訂；原定時段為 $old_window。",
    ),
    "tentative": (
        "The window of this milestone is tentative now; it may still change.",
        "此項目的時段現屬暫定，仍可能更改。",
    ),
    "confirmed": ("The window of this milestone is confirmed.", "此項目的時段已確定。"),
    "cancelled": ("This milestone is cancelled.", "此項目已取消。"),
    "begun": (
        "This milestone has begun, on $changed_at (Hong Kong time).",
        "此項目已於 $changed_at（香港時間）開始。",
    ),
    "done": (
        "This milestone is done, as of $changed_at (Hong Kong time).",
        "此項目已於 $changed_at（香港時間）完成。",
    ),
}

NOTE_IT = (
    "note it, and tell the CCMS users of your company whom it concerns.",
    "請備悉，並通知　貴公司相關的 CCMS 使用者。",
)

ONCE_BEGUN: dict[str, tuple[str, str]] = {
    "user-email": (
        "register a designated email address for every CCMS user of your company.",
        "請為　貴公司每名 CCMS 使用者登記指定電郵地址。",
    ),
    "da-email": (
        "send in form DA 3, so that your own designated email address is registered.",
        "請遞交表格 DA 3，以登記閣下本人的指定電郵地址。",
    ),
    "connectivity": (
        "let every CCMS user of your company enrol, and make one test logon with both factors.",
        "請安排　貴公司每名 CCMS 使用者完成登記，並以雙重認證測試登入一次。",
    ),
    "parallel-start": (
        "from now on users log on by smartcard or with two factors. Let everybody log on with two "
        "factors once, well before the parallel run ends.",
        "由現在起，使用者可以智能卡或雙重認證登入。請安排所有使用者於並行運作結束前，至少以雙重認證登入一次。",
    ),
    "parallel-end": (
        "from now on users log on with two factors only; smartcards let nobody in. Help those who "
        "cannot log on, or have them call the hotline.",
        "由現在起，使用者只可以雙重認證登入，智能卡不能再用於登入。請協助未能登入的使用者，或請其致電熱線。",
    ),
    "decommission": (
        "nothing. Smartcards are refused for good; users log on with two factors.",
        "毋須採取任何行動。智能卡已永久停用；使用者以雙重認證登入。",
    ),
}


def news_values(facts: Mapping[str, str]) -> dict[str, str]:
    """What the template needs beside the message's facts. Raises: KeyError for a change nobody knows."""
    milestone, changed = facts["milestone_id"], facts["change"]
    if changed == "revised" and not facts["old_window"]:
        changed = "tentative"  # by the same window, that is all a revision can tell
    news, news_zh = (Template(words).safe_substitute(facts) for words in NEWS[changed])
    to_do, to_do_zh = ONCE_BEGUN.get(milestone, NOTE_IT) if changed == "begun" else NOTE_IT
    label = "What to do: "
    return {
        "news": fill(news, LINE),
        "news_zh": news_zh,
        "to_do": fill(label + to_do, LINE).removeprefix(label),
        "to_do_zh": to_do_zh,
        "title_zh": TITLES_ZH.get(milestone, facts["title"]),
        "status_en": facts["status"],
        "status_zh": STATUSES_ZH.get(facts["status"], facts["status"]),
    }
