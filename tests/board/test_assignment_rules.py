"""Who suits a task, pure: skills decide, load breaks ties, and every choice says why."""

from __future__ import annotations

from opsroom.board.assignment.rules import suggestion
from opsroom.board.assignment.shapes import Seat, Suggestion, Work
from opsroom.board.roster.seats import SEATS

ROSTER = [
    Seat(
        id=seat.id,
        name=seat.name,
        emoji=seat.emoji,
        skills=seat.skills,
        capacity=None,
        open_tasks=0,
        in_progress=0,
    )
    for seat in SEATS
]


def ask(
    title: str = "", *, roster: list[Seat] = ROSTER, full: str | None = None, **work: object
) -> Suggestion:
    return suggestion("task_1", Work.model_validate({"title": title, **work}), roster, full=full)


def busy(agent: str, **load: int) -> list[Seat]:
    return [seat.model_copy(update=load) if seat.id == agent else seat for seat in ROSTER]


def test_the_skill_matrix_of_the_house_finds_its_people() -> None:
    for title, agent in {
        "Fix the broken REST API endpoint": "kenji",
        "Set up database backups on the new server": "aisha",
        "Write the blog article about spring": "sofia",
        "Design mockups for the landing page": "jackson",
        "Weekly KPI report": "marcus",
        "Investigate what competitors charge": "elena",
        "Flaky regression tests": "maya",
        "Update the README and the user guide": "david",
        "Deploy release 2.4 to production": "zara",
        "Reply to the customer complaint": "sarah",
        "Newsletter campaign for more signups": "priya",
        "Plan the roadmap and prioritise the backlog": "neo",
    }.items():
        assert ask(title).agent_id == agent, (title, ask(title).candidates[:3])


def test_labels_weigh_more_than_words_and_categories_count() -> None:
    assert ask("Fix the sitemap", labels=("design",)).agent_id == "jackson"
    assert ask("Something for the client", category="Research").agent_id == "elena"
    by_description = ask("Quarterly thing", description="Please analyse the dataset and build a dashboard")
    assert by_description.agent_id == "marcus"


def test_the_choice_explains_itself() -> None:
    found = ask("Fix the API", labels=("development",), roster=busy("kenji", open_tasks=3, in_progress=1))
    assert found.explanation.startswith("Kenji: development fits the label development; ")
    assert "(Fix" in found.explanation
    assert "has 3 tasks open, 1 of them in progress" in found.explanation
    assert all(c.reasons for c in found.candidates)
    assert len(found.candidates) == 12


def test_load_decides_between_equals_and_never_makes_up_for_a_skill() -> None:
    twin = ROSTER[3].model_copy(update={"id": "kira", "name": "Kira"})
    crowd = [*busy("kenji", open_tasks=4, in_progress=2), twin]
    found = ask("Fix the API", roster=crowd)
    assert [c.agent_id for c in found.candidates[:2]] == ["kira", "kenji"]
    swamped = busy("kenji", open_tasks=500, in_progress=500)
    assert ask("Fix the API", roster=swamped).agent_id == "kenji"  # nobody else can do it


def test_whoever_is_full_is_not_chosen_and_it_says_so() -> None:
    found = ask("Fix the API endpoint", roster=busy("kenji", capacity=2, open_tasks=2))
    assert found.agent_id != "kenji"
    kenji = next(c for c in found.candidates if c.agent_id == "kenji")
    assert not kenji.fit
    assert "has 2 open tasks and room for 2" in kenji.reasons
    alone = [seat for seat in busy("kenji", capacity=0) if seat.id == "kenji"]
    assert "Nobody has room: Kenji" in ask("Fix the API", roster=alone).explanation


def test_nobody_is_chosen_for_what_nobody_can_do_or_where_a_column_is_over_its_limit() -> None:
    nothing = ask("xyzzy")
    assert (nothing.agent_id, nothing.explanation[:8]) == (None, "No agent")
    crowded = ask("Fix the API", full="In progress")
    assert crowded.agent_id is None
    assert "In progress holds more than its limit" in crowded.explanation
    assert ask("Fix the API", roster=[]).candidates == ()


def test_the_same_question_has_the_same_answer_and_odd_texts_do_no_harm() -> None:
    assert ask("Fix the API") == ask("Fix the API")
    assert ask("\ud83d \x00 ⁂", description="a" * 100_000).agent_id is None


def test_an_expert_goes_before_others_with_the_skill_and_a_learner_after_them() -> None:
    def with_level(level: int) -> list[Seat]:
        twin = ROSTER[3].model_copy(update={"id": "kira", "name": "Kira", "levels": {"development": level}})
        return [*busy("kenji", open_tasks=1), twin]

    expert, learner = ask("Fix the bug", roster=with_level(3)), ask("Fix the bug", roster=with_level(1))
    assert (expert.agent_id, expert.candidates[0].reasons[0]) == (
        "kira",
        "development (expert) fits the title (Fix, bug)",
    )
    assert learner.agent_id == "kenji"
    assert next(c for c in learner.candidates if c.agent_id == "kira").fit
