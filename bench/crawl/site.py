"""A generated site of 10,000 pages, served from memory by a process of its own.

Pages look like those of a local business: a menu, a main text of some 250 words, forty links, structured
data, pictures, a footer with name, address and phone. All text comes from a seeded generator, so every run
serves the same bytes. The server is a bare asyncio protocol: it must not be what is measured.
"""

import argparse
import asyncio
import random

_SYLLABLES = ["ba", "co", "di", "fe", "gu", "la", "me", "ni", "po", "ra", "se", "ti", "vo", "wa", "ze"]
# 900 made-up words: a text of a few hundred real words repeats itself about as rarely.
WORDS = [a + b + c for a in _SYLLABLES for b in _SYLLABLES for c in _SYLLABLES[:4]]
CITIES = ("Columbus", "Dublin", "Hilliard", "Westerville", "Worthington", "Gahanna", "Delaware", "Powell")
LINKS = 40


def page(number: int, total: int, origin: str) -> bytes:
    """Page `number` of the site; 0 is the home page. Links make a tree with ten children and cross links."""
    chance = random.Random(number)
    city = CITIES[number % len(CITIES)]
    children = [child for child in range(number * 10 + 1, number * 10 + 11) if child < total]
    others = [chance.randrange(total) for _ in range(LINKS - len(children))]
    menu = "".join(f'<a href="/p/{n}">Menu {n}</a>' for n in range(8))
    links = "".join(
        f'<li><a href="/p/{n}">Job {n} in {CITIES[n % len(CITIES)]}</a></li>' for n in children + others
    )
    paragraphs = "".join(
        f"<h2>{chance.choice(WORDS).title()} {chance.choice(WORDS)}</h2><p>"
        + " ".join(" ".join(chance.choices(WORDS, k=12)).capitalize() + "." for _ in range(4))
        + "</p>"
        for _ in range(5)
    )
    summary = " ".join(chance.choices(WORDS, k=14))
    images = "".join(f'<img src="/i/{number}-{n}.jpg" alt="Job {number}, picture {n}">' for n in range(6))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Job {number} in {city} | Acme</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="Job {number} in {city}: {summary}.">
<link rel="canonical" href="{origin}/p/{number}"><link rel="stylesheet" href="/style.css">
<script type="application/ld+json">{{"@context":"https://schema.org","@type":"AutoWash","name":"Acme",
"telephone":"+1-614-555-0142","address":{{"@type":"PostalAddress","streetAddress":"1 Main St",
"addressLocality":"Columbus","addressRegion":"OH","postalCode":"43212"}}}}</script></head><body><header><nav>{menu}</nav></header><main>
<h1>Job {number} in {city}</h1>{paragraphs}{images}<ul>{links}</ul></main>
<footer>Acme, 1 Main St, Columbus, OH 43212,
<a href="tel:+16145550142">(614) 555-0142</a></footer></body></html>""".encode()


class Server(asyncio.Protocol):
    """HTTP/1.1 GET with keep-alive; knows nothing else."""

    answers: dict[bytes, bytes]

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
            path = head.split(b" ", 2)[1]
            assert self._transport is not None
            self._transport.write(self.answers.get(path, MISSING))


def answer(status: str, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


MISSING = answer("404 Not Found", "text/plain", b"missing")


async def serve(total: int) -> None:
    loop = asyncio.get_running_loop()
    Server.answers = {}
    server = await loop.create_server(Server, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for number in range(total):
        Server.answers[f"/p/{number}".encode()] = answer(
            "200 OK", "text/html; charset=utf-8", page(number, total, origin)
        )
    Server.answers[b"/robots.txt"] = answer(
        "200 OK", "text/plain", f"User-agent: *\nAllow: /\nSitemap: {origin}/sitemap.xml\n".encode()
    )
    entries = "".join(f"<url><loc>{origin}/p/{number}</loc></url>" for number in range(total))
    Server.answers[b"/sitemap.xml"] = answer(
        "200 OK", "application/xml", f"<urlset>{entries}</urlset>".encode()
    )
    average = sum(map(len, Server.answers.values())) // len(Server.answers)
    print(f"{origin} {average}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=10_000)
    asyncio.run(serve(parser.parse_args().pages))
