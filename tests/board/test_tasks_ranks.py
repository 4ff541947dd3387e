"""Ranks: always room between two, whatever is put where, and short."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsroom.board.tasks.ranks import DIGITS, LONGEST, between, spread


def is_rank(rank: str) -> bool:
    return bool(rank) and set(rank) <= set(DIGITS) and not rank.endswith("0") and len(rank) <= 200


@given(st.lists(st.integers(0, 10_000), max_size=120))
def test_whatever_goes_where_the_order_is_the_one_asked_for(places: list[int]) -> None:
    order: list[str] = []
    for place in places:
        at = place % (len(order) + 1)
        rank = between(order[at - 1] if at else None, order[at] if at < len(order) else None)
        assert is_rank(rank)
        order.insert(at, rank)
    assert order == sorted(set(order))


@given(st.integers(0, 400), st.booleans())
@settings(max_examples=30)
def test_ranks_between_the_same_neighbours_grow_by_a_digit_in_five_or_more(
    times: int, downwards: bool
) -> None:
    low, high = between(None, None), between(between(None, None), None)
    for _ in range(times):
        rank = between(low, high)
        assert low < rank < high
        low, high = (low, rank) if downwards else (rank, high)
    assert len(between(low, high)) <= 8 + times // 5


@pytest.mark.parametrize("at_the_top", [True, False])
def test_a_hundred_thousand_cards_on_one_end_stay_short(at_the_top: bool) -> None:
    edge = between(None, None)
    for _ in range(100_000):
        rank = between(None, edge) if at_the_top else between(edge, None)
        assert rank < edge if at_the_top else rank > edge
        edge = rank
    assert len(edge) <= 7


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000, 120_000])
def test_a_column_numbered_anew_has_room_everywhere(count: int) -> None:
    ranks = list(spread(count))
    assert ranks == sorted(set(ranks))
    assert len(ranks) == count
    assert all(is_rank(rank) and len(rank) <= 7 for rank in ranks)
    for low, high in pairwise(ranks[:101]):
        assert low < between(low, high) < high
    if ranks:
        assert between(None, ranks[0]) < ranks[0]
        assert ranks[-1] < between(ranks[-1], None)


def test_there_is_nothing_between_the_wrong_way_round() -> None:
    low = between(None, None)
    for wrong in (low, between(None, low)):
        with pytest.raises(ValueError, match="does not stand before"):
            between(low, wrong)


def test_even_the_lowest_and_highest_ranks_have_room_beyond_them() -> None:
    assert between(None, "000001") < "000001"
    assert between("zzzzzz", None) > "zzzzzz"
    assert LONGEST < 200  # what the column of the table takes
