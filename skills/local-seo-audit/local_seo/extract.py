"""From bytes to a slim record: one parse a page, every fact taken once, the tree thrown away.

The order matters: structured data sits in scripts, so it is read before scripts are taken out; phone numbers
and addresses sit in footers, so the whole text is read before menus and footers are taken out.
"""

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from local_seo.crawl.urls import resolve
from local_seo.page import Link, PageContent
from local_seo.phones import find_phones
from local_seo.structured import read_structured
from local_seo.words import fingerprint_of, plain_of, sketch_of, tokens

_META_CHARSET: Final = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_HEADER_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_INVISIBLE: Final = ["script", "style", "noscript", "template", "svg", "object"]
_FURNITURE: Final = "nav, body > header, body > footer, [role=navigation], [role=banner], [role=contentinfo]"
_MAP_HOSTS: Final = ("google.com/maps", "maps.google.", "maps.app.goo.gl", "goo.gl/maps", "maps.apple.com")
_MAX_LINKS: Final = 3000
_MAX_NODES: Final = 3000
_MAX_TEXT: Final = 100_000
_MAX_PROSE: Final = 20_000
_INSECURE_SOURCES: Final = (
    ("img[src], script[src], iframe[src], video[src], audio[src], source[src], embed[src]", "src"),
    ('link[rel~="stylesheet"][href], link[rel~="icon"][href]', "href"),
)


class Extractor:
    """Reads the pages of one crawl. Links repeat on every page, so resolved addresses are remembered."""

    _MEMORY = 200_000

    def __init__(self) -> None:
        self._resolved: dict[tuple[str, str], str | None] = {}

    def read(self, url: str, body: bytes, content_type_header: str) -> PageContent:
        text, declared = decode(body, content_type_header)
        tree = LexborHTMLParser(text)
        page = PageContent(charset_declared=declared)
        base = self._base(tree, url)
        self._head(tree, page, base)
        page.structured, page.broken_json = read_structured(tree)
        if url.startswith("https:"):
            page.insecure = _insecure(tree)
        self._body(tree, page, base)
        self._texts(tree, page)
        return page

    def _base(self, tree: LexborHTMLParser, url: str) -> str:
        node = tree.css_first("base[href]")
        href = node.attributes.get("href") if node else None
        return (resolve(url, href) if href else None) or url

    def _resolve(self, base: str, root: str, href: str) -> str | None:
        # A link from the root means the same on every page of a host; others depend on the folder.
        key = (root if href[0] == "/" else base, href)
        known = self._resolved.get(key, "")
        if known != "":
            return known
        found = resolve(base, href)
        if len(self._resolved) >= self._MEMORY:
            self._resolved.clear()
        self._resolved[key] = found
        return found

    def _head(self, tree: LexborHTMLParser, page: PageContent, base: str) -> None:
        titles = [node for node in tree.css("title") if node.parent is None or node.parent.tag != "svg"]
        page.title_count = len(titles)
        page.title = _squeezed(titles[0].text(deep=True)) if titles else ""
        html = tree.css_first("html")
        page.lang = ((html.attributes.get("lang") if html else None) or "").strip()
        for node in tree.css("meta[name], link[rel][href]"):
            if node.tag == "meta":
                _take_meta(node, page)
            else:
                self._take_link(node, page, base)

    def _take_link(self, node: LexborNode, page: PageContent, base: str) -> None:
        attributes = node.attributes
        relations = (attributes.get("rel") or "").lower().split()
        href = attributes.get("href") or ""
        if "canonical" in relations:
            target = resolve(base, href)
            if target and target not in page.canonicals:
                page.canonicals += (target,)
        elif "alternate" in relations and attributes.get("hreflang"):
            target = resolve(base, href) or href
            page.hreflangs += ((attributes.get("hreflang") or "", target),)

    def _links(self, tree: LexborHTMLParser, page: PageContent, base: str) -> list[str]:
        """Take the links, each address once; the numbers of tel: links are returned."""
        links: dict[str, Link] = {}
        tel: list[str] = []
        root = base[: base.find("/", 8)]
        for node in tree.css("a[href]")[:_MAX_LINKS]:
            attributes = node.attributes
            href = (attributes["href"] or "").strip()
            if not href or href[0] == "#":
                continue
            if href[:4].lower() == "tel:":
                tel.append(href[4:])
                continue
            target = self._resolve(base, root, href)
            if target is not None and target not in links:
                nofollow = "nofollow" in (attributes.get("rel") or "")
                links[target] = Link(target, " ".join(node.text(deep=True).split())[:80], nofollow)
        page.links = tuple(links.values())
        page.has_map = any(host in target for target in links if "map" in target for host in _MAP_HOSTS)
        return tel

    def _body(self, tree: LexborHTMLParser, page: PageContent, base: str) -> None:
        tel = self._links(tree, page, base)
        images = tree.css("img")[:_MAX_NODES]
        page.images = len(images)
        page.images_without_alt = tuple(
            (node.attributes.get("src") or "(no src)")[:200]
            for node in images
            if "alt" not in node.attributes
        )
        page.headings = tuple(
            (int((node.tag or "h6")[1]), _squeezed(node.text(deep=True, separator=" "))[:300])
            for node in tree.css("h1, h2, h3, h4, h5, h6")[:_MAX_NODES]
        )
        frames = [node.attributes.get("src") or "" for node in tree.css("iframe[src]")]
        page.has_map = page.has_map or any(host in frame for frame in frames for host in _MAP_HOSTS)
        page.has_form = any(_asks_something(form) for form in tree.css("form"))
        page.buttons = tuple(_squeezed(node.text(deep=True))[:80] for node in tree.css("button")[:50])
        page.phones = find_phones("", tel)

    def _texts(self, tree: LexborHTMLParser, page: PageContent) -> None:
        body = tree.body
        if body is None:
            return
        tree.strip_tags(_INVISIBLE)
        page.text = _squeezed(body.text(separator=" "))[:_MAX_TEXT]
        page.phones = find_phones(page.text, [mention.written for mention in page.phones])
        furniture = tree.css(_FURNITURE)
        for node in furniture:
            node.remove()
        page.main_text = _squeezed(body.text(separator=" "))[:_MAX_TEXT] if furniture else page.text
        paragraphs = (_squeezed(node.text(deep=True)) for node in tree.css("p")[:_MAX_NODES])
        page.prose = " ".join(text for text in paragraphs if text)[:_MAX_PROSE]
        words = tokens(page.main_text)
        page.words = len(words)
        page.plain = plain_of(words)
        page.fingerprint = fingerprint_of(words)
        page.sketch = sketch_of(words)


def _take_meta(node: LexborNode, page: PageContent) -> None:
    name = (node.attributes.get("name") or "").strip().lower()
    content = _squeezed(node.attributes.get("content") or "")
    if name == "description":
        page.description_count += 1
        page.description = page.description or content
    elif name in {"robots", "googlebot"}:
        page.robots_meta = f"{page.robots_meta},{content}".strip(",").lower()
    elif name == "viewport":
        page.viewport = content


def _asks_something(form: LexborNode) -> bool:
    """A search box is no request form; one with a text area, mail, phone or name field is."""
    if (form.attributes.get("role") or "").lower() == "search":
        return False
    return bool(form.css("textarea, input[type=email], input[type=tel], select, input[type=date]"))


def _insecure(tree: LexborHTMLParser) -> tuple[str, ...]:
    found: list[str] = []
    for selector, attribute in _INSECURE_SOURCES:
        for node in tree.css(selector):
            value = (node.attributes.get(attribute) or "").strip()
            if value[:7].lower() == "http://":
                found.append(value[:200])
    return tuple(dict.fromkeys(found))


def _squeezed(text: str | None) -> str:
    return " ".join(text.split()) if text else ""


def decode(body: bytes, content_type_header: str) -> tuple[str, bool]:
    """The document as text, and whether header, byte order mark or meta tag declared how to read it."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), True
    from_header = _HEADER_CHARSET.search(content_type_header)
    from_meta = _META_CHARSET.search(body, 0, 2048)
    declared = from_header is not None or from_meta is not None
    name = from_header.group(1) if from_header else from_meta.group(1).decode() if from_meta else "utf-8"
    try:
        return body.decode(name), declared
    except (LookupError, UnicodeDecodeError):
        pass
    try:
        return body.decode("utf-8"), declared
    except UnicodeDecodeError:
        # What browsers do with undeclared Western pages; every byte has a meaning there.
        return body.decode("cp1252", "replace"), declared
