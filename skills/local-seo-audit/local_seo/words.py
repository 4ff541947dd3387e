"""Words of a text: tokens, phrases, likeness of two texts, readability."""

import math
import re
import string
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Final

# Apostrophes vanish (Joe's → joes), everything else that is no letter or digit separates.
_SEPARATORS: Final = {
    ord(char): " " for char in string.punctuation + "–—−…•·|“”„«»‹›®™©✓✔★→←↑↓×°§¶\u200b\xad"
} | {ord("'"): None, ord("’"): None, ord("‘"): None}
_SENTENCE_END: Final = re.compile(r"[.!?]+(?:\s|$)")
_VOWELS: Final = re.compile(r"[aeiouy]+")
# Words that carry no subject: "car detailing in Columbus near me" searches for car, detailing, Columbus.
STOP_WORDS: Final = frozenset(
    "a an and at best by cheap for from in me my near nearby of on or our the to top with your".split()  # noqa: SIM905 - reads better as a line
)
SKETCH_SIZE: Final = 64
_FEW_HOLDERS: Final = 40
# So many of the smallest hashes of a text propose pairs; likeness is then judged on all of them.
_PROPOSING: Final = 24


def tokens(text: str) -> list[str]:
    return text.lower().translate(_SEPARATORS).split()


@lru_cache(maxsize=50_000)
def stem(token: str) -> str:
    """The word without its plural, enough to meet "detail packages" with "package"."""
    if len(token) > 4 and token.endswith("ies"):
        return token[:-3] + "y"
    if len(token) > 3 and token.endswith("s") and not token.endswith("ss"):
        return token[:-1]
    return token


@lru_cache(maxsize=50_000)
def stems(text: str) -> frozenset[str]:
    """The words of a short text (title, heading) without their plurals; remembered, as it is asked often."""
    return frozenset(map(stem, tokens(text)))


@lru_cache(maxsize=50_000)
def plain(text: str) -> str:
    """A short text as its words with a space on each side, for `contains_phrase`."""
    return plain_of(tokens(text))


def plain_of(words: Sequence[str]) -> str:
    return f" {' '.join(words)} "


def subject_stems(text: str) -> tuple[str, ...]:
    """The words of a keyword that must be met; all of them if nothing but stop words is left."""
    found = [token for token in tokens(text) if token not in STOP_WORDS]
    return tuple(dict.fromkeys(stem(token) for token in found or tokens(text)))


def contains_all(text: str, wanted: Sequence[str]) -> bool:
    """Are all the words in the text, in any order? Meant for titles and headings."""
    return bool(wanted) and stems(text).issuperset(wanted)


def contains_near(plain_text: str, wanted: Sequence[str], slack: int = 6) -> bool:
    """Do all the words occur close together? Meant for running text in its plain form."""
    # Most texts fail here, at the speed of a substring search ("bodies" for "body" is why the end is cut).
    if not wanted or any(f" {word[:-1] if word[-1] == 'y' else word}" not in plain_text for word in wanted):
        return False
    among = set(wanted)
    span = len(wanted) + slack
    last: dict[str, int] = {}
    index = end = 0
    # Only words that begin like a wanted one are looked at; the spaces between them count the rest.
    for match in _beginnings(tuple(wanted)).finditer(plain_text):
        word = stem(match.group(1))
        if word in among:
            index += plain_text.count(" ", end, match.start() + 1)
            end = match.start() + 1
            last[word] = index
            if len(last) == len(wanted) and index - min(last.values()) < span:
                return True
    return False


@lru_cache(maxsize=1_000)
def _beginnings(wanted: tuple[str, ...]) -> re.Pattern[str]:
    starts = "|".join(re.escape(word[:-1] if word[-1] == "y" else word) for word in wanted)
    return re.compile(rf" ((?:{starts})[^ ]*)")


def contains_phrase(plain_text: str, phrase: Sequence[str]) -> bool:
    """Do the words follow each other? Meant for names of cities and businesses, in a plain text."""
    return bool(phrase) and plain_of(phrase) in plain_text


@lru_cache(maxsize=200_000)
def _number(token: str) -> int:
    return zlib.crc32(token.encode())


def fingerprint_of(words: Iterable[str]) -> int:
    """Equal for equal texts, whatever their punctuation and case."""
    return zlib.crc32(" ".join(words).encode())


def sketch_of(words: Sequence[str]) -> tuple[int, ...]:
    """The smallest hashes of runs of four words: two sketches overlap as their texts do.

    Only runs that begin with one word in four count, chosen by the word's own number: the same choice in
    every text, at a quarter of the work. Hashes of tuples of whole numbers are the same in every process,
    unlike hashes of text.
    """
    numbers = tuple(map(_number, words))
    begins = [place for place, number in enumerate(numbers[:-3]) if not number & 3]
    return tuple(sorted({hash(numbers[place : place + 4]) for place in begins})[:SKETCH_SIZE])


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """The share of word runs that two texts have in common, estimated from their sketches."""
    if not one or not other:
        return 0.0
    union = sorted(set(one) | set(other))[:SKETCH_SIZE]
    common = set(one) & set(other)
    return sum(1 for value in union if value in common) / len(union)


def find_twins(sketches: Sequence[Sequence[int]], at_least: float) -> dict[int, list[int]]:
    """For each text that is much like others, which ones: positions in `sketches`.

    Pairs are proposed by hashes they share, so that thousands of texts stay cheap. A hash that very many
    share proposes only neighbours in the list: a large group of copies is still found, each by another one.
    """
    holders: dict[int, list[int]] = {}
    for index, sketch in enumerate(sketches):
        for value in sketch[:_PROPOSING]:
            holders.setdefault(value, []).append(index)
    proposed = _neighbours(holders) | _candidates(sketches, holders, at_least)
    shared = {pair: count for pair in proposed if (count := _common(pair, sketches, holders))}
    twins: dict[int, list[int]] = {}
    for (one, other), count in sorted(shared.items()):
        smaller = min(len(sketches[one]), len(sketches[other]), _PROPOSING)
        # Two texts that are alike by `at_least` share about that part of their smallest hashes.
        if count >= smaller * at_least / 2 and likeness(sketches[one], sketches[other]) >= at_least:
            twins.setdefault(one, []).append(other)
            twins.setdefault(other, []).append(one)
    return twins


def _neighbours(holders: dict[int, list[int]]) -> set[tuple[int, int]]:
    """Pairs next to each other among the many that share a hash."""
    return {pair for indexes in holders.values() if len(indexes) > _FEW_HOLDERS for pair in pairwise(indexes)}


def _candidates(
    sketches: Sequence[Sequence[int]], holders: dict[int, list[int]], at_least: float
) -> set[tuple[int, int]]:
    """Pairs that may share enough hashes which few texts hold; no such pair is left out.

    Two texts that share k of n hashes share one of the n - k + 1 rarest of either, whatever the order, as
    long as both follow the same one. The rarest are held by nobody else, so hardly a pair has to be counted.
    """
    needed = math.ceil(_PROPOSING * at_least / 2)
    short = {index for index, sketch in enumerate(sketches) if len(sketch) < _PROPOSING}
    found: set[tuple[int, int]] = set()
    meeting: dict[int, list[int]] = {}
    for index, sketch in enumerate(sketches):
        few = [value for value in sketch[:_PROPOSING] if 1 < len(holders[value]) <= _FEW_HOLDERS]
        # Hashes of one holder come first in the order of rarity and hashes of very many last.
        single = sum(1 for value in sketch[:_PROPOSING] if len(holders[value]) == 1)
        if index in short:
            found.update(
                (min(index, other), max(index, other))
                for value in few
                for other in holders[value]
                if other != index
            )
            continue
        few.sort(key=lambda value: (len(holders[value]), value))
        for value in few[: max(0, _PROPOSING - needed + 1 - single)]:
            meeting.setdefault(value, []).append(index)
    for indexes in meeting.values():
        found.update(combinations(indexes, 2))
    return found


def _common(pair: tuple[int, int], sketches: Sequence[Sequence[int]], holders: dict[int, list[int]]) -> int:
    """How many hashes propose this pair."""
    one, other = pair
    count = 0
    for value in set(sketches[one][:_PROPOSING]).intersection(sketches[other][:_PROPOSING]):
        indexes = holders[value]
        if len(indexes) <= _FEW_HOLDERS:
            count += 1
        else:
            place = bisect_left(indexes, one)
            count += place + 1 < len(indexes) and indexes[place + 1] == other
    return count


def reading_ease(text: str) -> float | None:
    """Flesch reading ease (100 very easy, 0 very hard); None for texts too short to judge."""
    words = tokens(text)
    if len(words) < 100:
        return None
    sentences = max(1, len(_SENTENCE_END.findall(text)))
    syllables = sum(map(_syllables, words))
    return 206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words)


@lru_cache(maxsize=50_000)
def _syllables(word: str) -> int:
    count = len(_VOWELS.findall(word))
    if word.endswith("e") and not word.endswith("le") and count > 1:
        count -= 1
    return max(1, count)
