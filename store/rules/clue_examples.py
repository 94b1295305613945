"""Examples of what a caller may give, taken from one user who is there: each finds them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from store.rules.grams import fold, is_chinese

GIVEN_NAME = 2
"""Characters of a Chinese given name."""
LONGEST_EXAMPLE = 18
"""Characters of an example; what is longer is left out, so that there is room to say what it is."""


class ClueKind(StrEnum):
    """What a caller may give."""

    USER_ID = "user ID"
    NAME = "name"
    CHINESE = "Chinese name"
    PARTICIPANT = "participant and name"
    DA = "Delegated Administrators"
    MAIL = "mail"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Known:
    """One user with their newest mail, the number of its code, and whether their participant has DAs."""

    user_id: str
    user_name: str
    participant_name: str
    mail_id: int | None = None
    code_number: int | None = None
    has_das: bool = False


def clue_examples(known: Known) -> Mapping[ClueKind, str]:
    """What they could be found by; only words of letters, as a person would say them."""
    return {kind: example for kind, example in _examples(known) if len(example) <= LONGEST_EXAMPLE}


def _examples(known: Known) -> Iterator[tuple[ClueKind, str]]:
    yield ClueKind.USER_ID, known.user_id
    spoken = [word for word in fold(known.user_name).split() if word.isalpha()]
    latin = [word for word in spoken if word.isascii()]
    firm = next((word for word in fold(known.participant_name).split() if word.isalpha()), None)
    if latin:
        yield ClueKind.NAME, " ".join(dict.fromkeys((latin[-1], latin[0])))
    if chinese := next((word for word in spoken if is_chinese(word) and len(word) > GIVEN_NAME), None):
        yield ClueKind.CHINESE, chinese[-GIVEN_NAME:]
    if firm and latin:
        yield ClueKind.PARTICIPANT, f"{firm} {latin[0]}"
    if firm and known.has_das:
        yield ClueKind.DA, f"{firm} DA"
    if known.mail_id is not None:
        yield ClueKind.MAIL, f"mail {known.mail_id}"
    if latin and known.code_number is not None:
        yield ClueKind.CODE, f"{latin[0]} code no. {known.code_number}"
