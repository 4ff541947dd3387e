"""North American phone numbers: finding them in text, and one form for comparing."""

import re
from collections.abc import Sequence

from local_seo.page import PhoneMention

# Ten digits with the usual separators; not part of a longer number. Area codes and exchanges begin with 2-9.
_PHONE = re.compile(
    r"(?=[+(\d])(?<![\w.+-])(?:\+?1[\s.-]{0,2})?\(?([2-9]\d{2})\)?[\s.–-]{0,3}([2-9]\d{2})[\s.–-]{1,3}(\d{4})(?![\w-]|\.\d)"
)
_TEL_DIGITS = re.compile(r"\d")


def digits_of(text: str) -> str:
    """The ten digits of a number as written or in a tel: address; "" if it is no such number."""
    digits = "".join(_TEL_DIGITS.findall(text.partition(";")[0]))
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    return digits if len(digits) == 10 and digits[0] not in "01" else ""


def shown(digits: str) -> str:
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if len(digits) == 10 else digits


def find_phones(text: str, tel_links: Sequence[str]) -> tuple[PhoneMention, ...]:
    """Numbers of a page, each once; a tel: link makes a number clickable wherever else it stands."""
    found: dict[str, PhoneMention] = {}
    for raw in tel_links:
        digits = digits_of(raw)
        if digits:
            found[digits] = PhoneMention(raw.strip()[:40], digits, clickable=True)
    for match in _PHONE.finditer(text) if text else ():
        digits = "".join(match.groups())
        if digits not in found:
            found[digits] = PhoneMention(match.group().strip(), digits, clickable=False)
    return tuple(found.values())
