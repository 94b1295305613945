"""Designated email addresses: what can be registered, its canonical form, and what is remarkable about it.

email-validator judges syntax and internationalised domains (RFC 5321, 5322, 5891). A local part outside ASCII
is refused: such an address needs SMTPUTF8 at every server on the way (RFC 6531), and a user whom no mail
reaches can never enrol. Internationalised domains are fine: IDNA turns them into ASCII. The canonical form,
by which addresses are compared, is in lower case, the domain in ASCII: no mail system tells `Jo@` from `jo@`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache

from store.errors import BadAddress
from store.views import AddressWarning

LONGEST, LONGEST_LOCAL = 254, 64
USUAL_SHOWN = 2
"""Of the domains that a participant's addresses are at, those that are named."""


class Problem(StrEnum):
    """Why an address cannot be registered."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    CONTROL = "control"
    NO_AT = "no-at"
    TWO_ATS = "two-ats"
    QUOTED = "quoted"
    DISPLAY_NAME = "display-name"
    SPACES = "spaces"
    TRAILING_DOT = "trailing-dot"
    LOCAL = "local"
    LOCAL_NOT_ASCII = "local-not-ascii"
    DOMAIN = "domain"
    RESERVED = "reserved"


class Lint(StrEnum):
    """What is remarkable about an address that may be registered all the same."""

    WEBMAIL = "webmail"
    UNLIKE = "unlike"
    LOOK_ALIKE = "lookalike"
    ROLE = "role"
    PLUS_TAG = "plus-tag"
    TYPO = "typo"
    OTHER_PARTICIPANT = "other-participant"
    SHARES = "shares"


WEBMAIL = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.com.hk live.com live.hk msn.com yahoo.com
    yahoo.com.hk yahoo.com.tw ymail.com rocketmail.com icloud.com me.com mac.com aol.com gmx.com
    mail.com email.com zoho.com proton.me protonmail.com fastmail.com hey.com qq.com foxmail.com 163.com
    126.com yeah.net sina.com sina.cn sohu.com 139.com 189.cn aliyun.com naver.com netvigator.com
    hkbn.net i-cable.com
    """.split()  # noqa: SIM905 - a list to read
)

ROLES = frozenset(
    """
    account accounts admin administrator billing clearing compliance contact cs enquiries enquiry
    finance helpdesk hotline hr info infosec inquiry it itsupport mail marketing no-reply noreply office
    operation operations ops postmaster reception risk sales secretary security service settlement
    settlements support team trading treasury webmaster
    """.split()  # noqa: SIM905 - a list to read
)

_DOT_ATOM = re.compile(r"[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~]+(?:\.[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~]+)*", re.ASCII)
_ENDINGS = {".con": ".com", ".cmo": ".com", ".ocm": ".com", ".comm": ".com", ".vom": ".com", ".hkk": ".hk"}
_TOGETHER = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
"""Scripts that honest names of one domain mix; any other mixture may imitate."""

_IMITATES = str.maketrans(
    "аеорсухіјѕԁһԛԝӏкмтвнґοανρτυικεηѡꭓɡɩı01",
    "aeopcyxijsdhqwlkmtbhroavptuikenwxgiiol",
)


class AddressBook:
    """Judges addresses; one book for many of them asks email-validator about each distinct domain once."""

    def __init__(self) -> None:
        self._domains: dict[str, str | None] = {}

    def judge(self, typed: str) -> tuple[str | None, Problem | None]:
        """The canonical form and no problem, or None and the problem."""
        text = typed.strip()
        local, _at, domain = text.rpartition("@")
        if text.isascii() and len(local) <= LONGEST_LOCAL and _DOT_ATOM.fullmatch(local):
            known = self._domains.get(domain, "")
            if known == "":
                known = self._domains[domain] = _validated(f"a@{domain}")
            if known and len(local) + len(known) <= LONGEST:
                return local.lower() + known[1:], None
        canonical = _validated(text) if len(text) <= LONGEST and not _hidden(text) else None
        return (canonical, None) if canonical else (None, _problem(text))


def check_address(typed: str) -> str:
    """The canonical form of an address as typed. Raises: BadAddress with a `Problem` word."""
    canonical, problem = AddressBook().judge(typed)
    if canonical is None:
        raise BadAddress(typed, str(problem))
    return canonical


def domain_of(canonical: str) -> str:
    """The domain of a canonical address."""
    return canonical.rpartition("@")[2]


def lint(canonical: str, others: Mapping[str, int]) -> tuple[AddressWarning, ...]:
    """Remarks on a canonical address; `others` counts the domains of the participant's other addresses."""
    local, _at, domain = canonical.rpartition("@")
    known = [*sorted(others, key=lambda other: (-others[other], other)), *sorted(WEBMAIL)]
    remarks = (
        (Lint.LOOK_ALIKE, _look_alike(domain, known)),
        (Lint.TYPO, _typo(local, domain, known)),
        (Lint.WEBMAIL, domain if domain in WEBMAIL else None),
        (Lint.UNLIKE, _unlike(domain, others)),
        (Lint.ROLE, local if local.partition("+")[0] in ROLES else None),
        (Lint.PLUS_TAG, "+" + tag if (tag := local.partition("+")[2]) else None),
    )
    usual = {Lint.UNLIKE: _usual(others)}
    return tuple(
        AddressWarning(kind.value, detail, usual.get(kind, "")) for kind, detail in remarks if detail
    )


def _validated(address: str) -> str | None:
    """email-validator's verdict: the canonical form, or None."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - off the way to the first frame

    try:
        valid = validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        return None
    return valid.ascii_email.lower() if valid.ascii_email else None


def _hidden(text: str) -> bool:
    """Whether a character of `text` shows nothing: control, bidi and zero-width ones, and unassigned ones."""
    return any(unicodedata.category(char)[0] == "C" for char in text)


def _problem(text: str) -> Problem:  # noqa: PLR0911 - one line per word is the point
    """The first thing that is wrong with an address that email-validator refuses."""
    local, at, domain = text.rpartition("@")
    if not text:
        return Problem.EMPTY
    if len(text) > LONGEST or len(local) > LONGEST_LOCAL:
        return Problem.TOO_LONG
    if _hidden(text):
        return Problem.CONTROL
    if not at:
        return Problem.NO_AT
    if local[:1] == local[-1:] == '"':
        return Problem.QUOTED
    if text.endswith(">"):
        return Problem.DISPLAY_NAME
    if "@" in local:
        return Problem.TWO_ATS
    if len(text.split()) > 1:
        return Problem.SPACES
    if text.endswith((".", "。")):
        return Problem.TRAILING_DOT
    if not local.isascii():
        return Problem.LOCAL_NOT_ASCII
    if not _DOT_ATOM.fullmatch(local):
        return Problem.LOCAL
    return _domain_problem(domain, whole_fits=_validated(f"a@{domain}") is not None)


def _domain_problem(domain: str, *, whole_fits: bool) -> Problem:
    from email_validator import SPECIAL_USE_DOMAIN_NAMES  # noqa: PLC0415

    if whole_fits:
        return Problem.TOO_LONG
    plain = domain.lower()
    reserved = any(plain == name or plain.endswith(f".{name}") for name in SPECIAL_USE_DOMAIN_NAMES)
    return Problem.RESERVED if reserved else Problem.DOMAIN


def _shown(domain: str) -> str:
    """A canonical domain as people write it."""
    import idna  # noqa: PLC0415

    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except idna.IDNAError:
        return domain


@lru_cache(maxsize=4096)
def _skeleton(domain: str) -> str:
    """What the eye takes a domain for: marks dropped, letters that imitate Latin ones replaced."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", domain) if not unicodedata.combining(char))
    return plain.casefold().translate(_IMITATES).replace("rn", "m").replace("vv", "w")


def _look_alike(domain: str, known: Iterable[str]) -> str | None:
    """The domain that a non-ASCII one imitates, or itself when it mixes scripts or could pass for Latin."""
    shown = _shown(domain)
    if shown.isascii():
        return None
    skeleton = _skeleton(shown)
    if imitated := next(
        (other for other in known if other != domain and _skeleton(_shown(other)) == skeleton), None
    ):
        return imitated
    for label in shown.split("."):
        scripts = {unicodedata.name(char, "?").split()[0] for char in label if char.isalpha()}
        if len(scripts - {"LATIN"}) > 0 and (_skeleton(label).isascii() or not _may_mix(scripts)):
            return shown
    return None


def _may_mix(scripts: set[str]) -> bool:
    return len(scripts) == 1 or scripts <= _TOGETHER


def _typo(local: str, domain: str, known: Iterable[str]) -> str | None:
    """The whole address with the domain that was probably meant."""
    if domain in known or "xn--" in domain:
        return None
    skeleton = _skeleton(domain)
    for other in known:
        if "xn--" not in other and (
            _skeleton(other) == skeleton or (len(other) >= 8 and _one_slip(domain, other))
        ):
            return f"{local}@{other}"
    ending = next((wrong for wrong in _ENDINGS if domain.endswith(wrong)), None)
    return f"{local}@{domain.removesuffix(ending)}{_ENDINGS[ending]}" if ending else None


def _one_slip(typed: str, meant: str) -> bool:
    """Whether one letter too many, too few, wrong, or two swapped, make `typed` of `meant`."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    start = next(
        (at for at, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b),
        min(len(typed), len(meant)),
    )
    rest, right = typed[start:], meant[start:]
    swapped = rest[:2] == right[1::-1] and rest[2:] == right[2:] and len(right) >= 2
    return swapped or rest[1:] == right[1:] or rest[1:] == right or rest == right[1:]


def _usual(others: Mapping[str, int]) -> str:
    """The domains most of a participant's addresses are at, the commonest first."""
    commonest = sorted(others, key=lambda other: (-others[other], other))
    return ", ".join(_shown(other) for other in commonest[:USUAL_SHOWN])


def _unlike(domain: str, others: Mapping[str, int]) -> str | None:
    """The domain, when the participant has several other addresses and none is at it, above or below."""
    if sum(others.values()) < 2:
        return None
    related = any(
        domain == other or domain.endswith(f".{other}") or other.endswith(f".{domain}") for other in others
    )
    return None if related else _shown(domain)
