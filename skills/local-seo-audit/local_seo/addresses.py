"""United States street addresses: finding them in text, and one form for comparing."""

import re
from dataclasses import dataclass
from typing import Final

_SUFFIXES: Final = {
    "alley": "aly", "avenue": "ave", "boulevard": "blvd", "circle": "cir", "court": "ct", "crossing": "xing",
    "drive": "dr", "expressway": "expy", "highway": "hwy", "lane": "ln", "parkway": "pkwy", "pike": "pike",
    "place": "pl", "plaza": "plz", "road": "rd", "square": "sq", "street": "st", "terrace": "ter",
    "trail": "trl", "turnpike": "tpke", "way": "way", "loop": "loop", "row": "row", "run": "run",
}  # fmt: skip
_DIRECTIONS: Final = {
    "north": "n", "south": "s", "east": "e", "west": "w",
    "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
}  # fmt: skip
_SUFFIX_WORDS: Final = "|".join(sorted({*_SUFFIXES, *_SUFFIXES.values(), "av"}, key=len, reverse=True))
_STATES: Final = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC "
    "ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
)
_STATE_WORDS: Final = "|".join(_STATES.split())
# Street names begin with capitals or digits: that keeps "in 3 days we drive your way" out, and is fast.
_ADDRESS: Final = re.compile(
    rf"\b(\d{{1,6}}[A-Z]?)\s+((?:[A-Z0-9][\w'.-]*\s+){{1,5}}?(?i:{_SUFFIX_WORDS})\b\.?)"
    r"(?:[,\s]+(?i:suite|ste|unit|apt|bldg|building|floor|fl|room|rm|\#)\.?\s*\#?[\w-]{1,8})?"
    rf"[,\s·|–-]+([A-Z][A-Za-z.'\s-]{{2,30}}?)[,\s·|]+(?:({_STATE_WORDS})|Ohio|OHIO)\b\.?"
    r"[,\s]*(\d{5})?(?:-\d{4})?"
)
_ZIP: Final = re.compile(r"\b(\d{5})(?:-\d{4})?\b(?!.*\b\d{5}\b)")
_UNIT: Final = re.compile(
    r"\b(?:suite|ste|unit|apt|bldg|building|floor|fl|room|rm)\.?\s*#?\s*[\w-]+|#\s*[\w-]+", re.I
)


@dataclass(frozen=True, slots=True)
class Address:
    """House number, street in normal form, ZIP code ("" where the text has none); suite ignored."""

    number: str
    street: str
    zip_code: str
    written: str

    def agrees_with(self, other: "Address") -> bool:
        same_zip = not self.zip_code or not other.zip_code or self.zip_code == other.zip_code
        return self.number == other.number and self.street == other.street and same_zip


def street_form(text: str) -> str:
    words = re.sub(r"[.,]", " ", text.lower()).split()
    return " ".join(
        _DIRECTIONS.get(word, _SUFFIXES.get(word, "ave" if word == "av" else word)) for word in words
    )


def parse_address(text: str) -> Address | None:
    """A single address given as a field: number and street first, ZIP code last."""
    squeezed = " ".join(text.split())
    matched = re.match(r"(\d{1,6}[A-Za-z]?)\s+([^,\n]+)", squeezed)
    if matched is None:
        return None
    street = _UNIT.sub("", matched.group(2))
    ending = re.match(rf"(.*?\b(?:{_SUFFIX_WORDS})\b)(?:\s|$)", street, re.IGNORECASE)
    zip_code = _ZIP.search(squeezed[matched.end(1) :])
    return Address(
        matched.group(1).lower(),
        street_form(ending.group(1) if ending and "," not in squeezed else street),
        zip_code.group(1) if zip_code else "",
        squeezed,
    )


def find_addresses(text: str) -> list[Address]:
    """Addresses with a city and a state in running text. Each differing one once."""
    found: dict[tuple[str, str, str], Address] = {}
    for match in _ADDRESS.finditer(text):
        number, street, _city, _state, zip_code = match.groups()
        key = (number.lower(), street_form(street), zip_code or "")
        found.setdefault(key, Address(*key, " ".join(match.group().split()).rstrip(",")))
    return list(found.values())
