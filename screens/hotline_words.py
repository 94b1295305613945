# ruff: noqa: E501 - a table to be read aloud reads best with one sentence a line
"""What the hotline says, in English and 繁體中文, to be read aloud as it stands: one entry for each cause.

Content, not labels: both languages stand side by side, whichever the desk is shown in, and use the words of
the mails. Nothing here asks a caller for anything secret. `GENERAL` and its like, `ANYBODY` and `RESENT` tell of no user;
everything else is only for a caller who was checked.
"""

from dataclasses import dataclass

from store.rules.caller_check import NeverAsk
from store.rules.explain import Reason, Who


@dataclass(frozen=True, slots=True)
class Say:
    """The same in both languages."""

    english: str
    chinese: str


GENERAL = Say(
    "Before I can speak about any user, I have to know who is calling. I can call your company back on the number we have on file.",
    "在談及任何使用者之前，我須先核實來電者身分。我可致電我們存檔的貴公司電話號碼。",
)
"""What an unchecked caller hears first, whoever they ask about."""

GENERAL_NO_NUMBER = Say(
    "Before I can speak about any user, I have to know who is calling, and I cannot call your company back. Please turn to your company's Delegated Administrator, or, if you are one, to our operations team.",
    "在談及任何使用者之前，我須先核實來電者身分，而我現時無法回電貴公司。請聯絡貴公司的獲授權管理員；如閣下即為獲授權管理員，請聯絡我們的營運部。",
)
"""The same where no number is on file: whoever the user is, and whether or not a code can be mailed to them."""

ANYBODY = Say(
    "What I can tell everybody: your company's Delegated Administrator registers each user's email address, a code then comes by mail, and the password is set up at the enrolment terminal.",
    "一般而言，使用者的電郵地址由貴公司的獲授權管理員登記，驗證碼其後以電郵發出，密碼則於登記終端機設定。",
)
"""What else an unchecked caller may hear."""

RESENT = Say(
    "If that user is waiting for a code, a fresh one is on its way to the registered address.",
    "如該使用者正等候驗證碼，新的驗證碼將發送至已登記的電郵地址。",
)
"""What an unchecked caller hears after a fresh code was asked for: neither where to, nor whether it was sent."""

CLEAR = Say(
    "Nothing on our side keeps this user from logging on with two-factor authentication. Please tell me what the screen says, but no password and no code.",
    "我們的紀錄顯示，該使用者可使用雙重認證登入。請告知畫面顯示的內容，但請勿說出任何密碼或驗證碼。",
)
"""Where nothing is in the way."""

SAY: dict[Reason, Say] = {
    Reason.NOT_OPEN: Say(
        "Logging on with two-factor authentication is not open yet; it opens when the parallel run begins. Until then the smartcard is the way in.",
        "雙重認證登入尚未開放，將於並行運作開始時開放。在此之前，請繼續使用智能卡登入。",
    ),
    Reason.NO_MAKER: Say(
        "Your company has no Delegated Administrator on file who could register an address. I will pass this on to our operations team, who will arrange it with your company.",
        "貴公司現時沒有可登記電郵地址的獲授權管理員。我會轉交營運部，由營運部與貴公司安排。",
    ),
    Reason.NO_CHECKER: Say(
        "A second Delegated Administrator has to approve the address, and your company has none on file. I will pass this on to our operations team, who will arrange it with your company.",
        "電郵地址須由另一位獲授權管理員覆核，但貴公司現時沒有負責覆核的管理員。我會轉交營運部，由營運部與貴公司安排。",
    ),
    Reason.NO_DA: Say(
        "This user is locked, and your company has no Delegated Administrator on file who could unlock them. I will pass this on to our operations team.",
        "該使用者已被鎖定，而貴公司現時沒有可解鎖的獲授權管理員。我會轉交營運部跟進。",
    ),
    Reason.SUSPENDED: Say(
        "This user is suspended. I cannot lift that by telephone; I will pass it on to our operations team, who will get in touch with your company.",
        "該使用者已被暫停使用。我不能經電話解除，但會轉交營運部，由營運部與貴公司聯絡。",
    ),
    Reason.LOCKED: Say(
        "This user is locked after too many wrong passwords or codes. I cannot unlock anybody by telephone; {helper} can.",
        "由於多次輸入錯誤密碼或代碼，該使用者已被鎖定。我不能經電話解鎖，請由{helper}處理。",
    ),
    Reason.NO_EMAIL: Say(
        "No email address is registered for this user yet. Your company's Delegated Administrator registers it; a code then comes to that address.",
        "該使用者尚未登記電郵地址。請由貴公司的獲授權管理員登記，驗證碼其後會發送至該地址。",
    ),
    Reason.NO_FORM: Say(
        "No email address is registered for this Delegated Administrator yet. Please have your company send us form DA 3; we enter the address from it.",
        "該獲授權管理員尚未登記電郵地址。請貴公司遞交表格 DA 3，我們會按表格登記。",
    ),
    Reason.DA_NOT_OPEN: Say(
        "Email addresses of Delegated Administrators cannot be registered yet. A circular will announce the date; there is nothing to do until then.",
        "獲授權管理員的電郵地址登記尚未開放，日期將以通告公布。在此之前，毋須採取任何行動。",
    ),
    Reason.AWAITING_APPROVAL: Say(
        "A new email address was put forward and waits for another Delegated Administrator of your company to approve it. Please ask them to do so before it runs out.",
        "新電郵地址已提交，現待貴公司另一位獲授權管理員覆核。請其於到期前批核。",
    ),
    Reason.NOT_ENTERED: Say(
        "Code number {number} was accepted by the mail server, but it is not entered yet. Please look in the junk folder too. Enter the code, or give it to your Delegated Administrator; do not read it to me.",
        "第 {number} 個驗證碼已獲電郵伺服器接收，但尚未輸入。請同時查看垃圾郵件夾。請自行輸入，或交予貴公司的獲授權管理員，切勿向我讀出。",
    ),
    Reason.CODE_EXPIRED: Say(
        "Code number {number} was not used within 24 hours and has expired. I can send a fresh one now; only the newest code works.",
        "第 {number} 個驗證碼未於 24 小時內使用，現已失效。我可立即發出新的驗證碼，只有最新的驗證碼有效。",
    ),
    Reason.CODE_SPENT: Say(
        "Code number {number} was entered wrongly too often and no longer works. I can send a fresh one now; please copy it exactly.",
        "第 {number} 個驗證碼因輸入錯誤次數過多，現已失效。我可立即發出新的驗證碼，請準確輸入。",
    ),
    Reason.NOT_SENT: Say(
        "The address is registered, but no code was sent to it yet. I can send the first one now.",
        "電郵地址已登記，但尚未發出驗證碼。我可立即發出第一個驗證碼。",
    ),
    Reason.MAIL_WAITING: Say(
        "The mail with code number {number} is on its way right now. Please wait a few minutes and look again.",
        "載有第 {number} 個驗證碼的電郵正在發送，請於數分鐘後再查看。",
    ),
    Reason.MAIL_DEFERRED: Say(
        "The mail with code number {number} could not be handed over yet; it is tried again by itself. Please wait a while and look again.",
        "載有第 {number} 個驗證碼的電郵暫時未能送交，系統會自動再次發送。請稍後再查看。",
    ),
    Reason.MAIL_HELD: Say(
        "The mail with code number {number} is held back on our side. I will ask our operations team to release it.",
        "載有第 {number} 個驗證碼的電郵現由我們暫緩發送。我會請營運部處理。",
    ),
    Reason.MAIL_EXPIRED: Say(
        "The mail with code number {number} could not be delivered in time. Please check with your Delegated Administrator that the address is right; I can send a fresh code now.",
        "載有第 {number} 個驗證碼的電郵未能及時送達。請與貴公司的獲授權管理員核對電郵地址；我可立即發出新的驗證碼。",
    ),
    Reason.MAIL_CANCELLED: Say(
        "The mail with code number {number} was cancelled and never sent. I can send a fresh code now.",
        "載有第 {number} 個驗證碼的電郵已取消，並未發出。我可立即發出新的驗證碼。",
    ),
    Reason.BOUNCED: Say(
        "Your mail server refused our mail for good, so the address may be wrong. Please have {helper} check and correct it; a code then comes to the new address.",
        "貴公司的電郵伺服器拒收我們的電郵，登記的地址可能有誤。請由{helper}核對及更正，驗證碼其後會發送至新地址。",
    ),
    Reason.NO_PASSWORD: Say(
        "The address is verified. The next step is the user's own: open the enrolment terminal, enter the user ID and choose a password.",
        "電郵地址已通過驗證。下一步請該使用者親自於登記終端機輸入使用者編號，並設定密碼。",
    ),
    Reason.NO_OTP: Say(
        "The password is set. The next step is the user's own: at the enrolment terminal, choose how one-time passwords come, by mobile application or by email.",
        "密碼已設定。下一步請該使用者親自於登記終端機選擇以流動應用程式或電郵收取一次性密碼。",
    ),
    Reason.CLOCK_OFF: Say(
        "The clock of the user's phone is off, so its one-time passwords do not fit. Please set the phone to automatic date and time, then use the next password it shows.",
        "該使用者的手機時間不準確，因此一次性密碼不符。請將手機設定為自動日期及時間，然後使用下一個一次性密碼。",
    ),
}

HELPERS: dict[Who, Say] = {
    Who.MAKER: Say("your company's Delegated Administrator", "貴公司的獲授權管理員"),
    Who.CHECKER: Say("your company's Delegated Administrator", "貴公司的獲授權管理員"),
    Who.OPERATIONS: Say("our operations team", "我們的營運部"),
}
"""Who can help, within a sentence; nobody else is named in one."""


def general(*, call_back: bool) -> Say:
    """What an unchecked caller hears first: that they can be called back, or who else can help.

    It is the same for every user of a participant, and for no user at all: that a user has a verified
    address, or is a Delegated Administrator, is not a stranger's to hear. That a code can be mailed is for
    the agent to see.
    """
    return GENERAL if call_back else GENERAL_NO_NUMBER


NEVER: dict[NeverAsk, Say] = {
    NeverAsk.PASSWORD: Say("a password", "密碼"),
    NeverAsk.ONE_TIME_PASSWORD: Say("a one-time password", "一次性密碼"),
    NeverAsk.SMARTCARD_PIN: Say("a smartcard PIN", "智能卡密碼"),
    NeverAsk.CODES: Say(
        "any code from a mail but the caller check code", "電郵內的任何代碼（來電核對碼除外）"
    ),
    NeverAsk.SECRET: Say("the secret or QR code of the app", "應用程式的密鑰或二維碼"),
}
"""What nobody at the hotline ever asks a caller for."""


def never_ask() -> Say:
    """All of it, to be put behind "never ask for"."""
    return Say(
        ", ".join(each.english for each in NEVER.values()), "、".join(each.chinese for each in NEVER.values())
    )
