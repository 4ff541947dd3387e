"""What is kept of a page once it has been parsed: a slim record, no tree."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"


class Link(NamedTuple):
    url: str
    text: str
    nofollow: bool


@dataclass(frozen=True, slots=True)
class PhoneMention:
    """A phone number as written, its ten digits, and whether it is a tel: link."""

    written: str
    digits: str
    clickable: bool


@dataclass(slots=True)
class PageContent:
    """The facts of one HTML document."""

    title: str = ""
    title_count: int = 0
    description: str = ""
    description_count: int = 0
    canonicals: tuple[str, ...] = ()
    robots_meta: str = ""
    lang: str = ""
    charset_declared: bool = False
    viewport: str = ""
    headings: tuple[tuple[int, str], ...] = ()
    links: tuple[Link, ...] = ()
    images: int = 0
    images_without_alt: tuple[str, ...] = ()
    insecure: tuple[str, ...] = ()
    hreflangs: tuple[tuple[str, str], ...] = ()
    structured: tuple[dict[str, JsonValue], ...] = ()
    broken_json: tuple[str, ...] = ()
    text: str = ""
    main_text: str = ""
    plain: str = ""
    prose: str = ""
    words: int = 0
    fingerprint: int = 0
    sketch: tuple[int, ...] = ()
    phones: tuple[PhoneMention, ...] = ()
    has_form: bool = False
    has_map: bool = False
    buttons: tuple[str, ...] = ()

    def first_h1(self) -> str:
        return next((text for level, text in self.headings if level == 1), "")

    def h1_count(self) -> int:
        return sum(1 for level, _ in self.headings if level == 1)


@dataclass(slots=True)
class PageRecord:
    """One address that was asked for, and what came back."""

    url: str
    status: int
    depth: int
    content_type: str = ""
    first_byte_ms: int = 0
    wire_bytes: int = 0
    body_bytes: int = 0
    compressed: bool = False
    truncated: bool = False
    failure: str = ""
    failure_kind: str = ""
    redirect_to: str | None = None
    x_robots: str = ""
    content: PageContent | None = None

    @property
    def is_page(self) -> bool:
        """An HTML page that was really delivered."""
        return self.status == 200 and self.content is not None

    @property
    def noindex(self) -> bool:
        directives = f"{self.x_robots},{self.content.robots_meta if self.content else ''}".lower()
        return "noindex" in directives or "none" in [part.strip() for part in directives.split(",")]
