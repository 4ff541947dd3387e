"""What an agent file may say, and how its mistakes are told."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.agents.api import agent_file_schema, check_text, is_client_id, missing_fields, payload_problems
from opsroom.agents.files import AnthropicManagedEngine, CommandEngine, SkillEngine
from opsroom.agents.rules import judge

EXAMPLES = Path(__file__).parents[2] / "examples" / "workspace"


def told(data: object, name: str = "sentinel") -> dict[str, str]:
    """Problems by path; a path with several joins them."""
    found: dict[str, str] = {}
    for problem in check_text(json.dumps(data), name):
        found[problem.path] = "; ".join(filter(None, [found.get(problem.path), problem.message]))
    return found


def test_the_seeds_file_loads_unchanged(seed_text: str) -> None:
    verdict = judge(seed_text, "sentinel")
    assert verdict.problems == ()
    file = verdict.file
    assert file is not None
    assert isinstance(file.engine, AnthropicManagedEngine)
    assert file.anthropic is not None
    assert file.anthropic.agent_id_env == "SENTINEL_AGENT_ID"
    assert file.anthropic.additional_beta_headers_for_output_fetch == ("files-api-2025-04-14",)
    assert file.limits.max_cost_micro_usd == 5_000_000
    assert file.limits.alert_micro_usd == 3_000_000
    assert file.limits.max_session_duration_minutes == 60
    assert file.required_fields[0] == "client_id"
    assert len(file.required_fields) == 8
    assert file.optional_fields == ("priority_services_ranked", "business_usps")
    assert file.enabled_triggers == ("clickup_webhook", "manual_cli")
    assert file.channels == ("google_drive", "clickup", "slack")
    assert file.alerts.blocked_status == "Blocked"
    assert file.alerts.tag_on_failure == ("@trung",)


@pytest.mark.parametrize("path", sorted((EXAMPLES / "agents").glob("*.json")), ids=lambda p: p.stem)
def test_the_examples_are_valid(path: Path) -> None:
    assert judge(path.read_text(encoding="utf-8"), path.stem, skills={"local-seo-audit"}).problems == ()


def test_the_example_client_fits_the_example_agent() -> None:
    file = judge((EXAMPLES / "agents/sentinel.json").read_text(encoding="utf-8"), "sentinel").file
    assert file is not None
    for path in (EXAMPLES / "clients").glob("*.json"):
        assert payload_problems(file, json.loads(path.read_text(encoding="utf-8"))) == ()


def test_switching_the_engine_is_one_line(seed: dict[str, Any]) -> None:
    seed["engine"] = {"type": "skill", "skill": "local-seo-audit", "options": {"max_pages": 50, "ratio": 0.5}}
    file = judge(json.dumps(seed), "sentinel").file
    assert file is not None
    assert isinstance(file.engine, SkillEngine)
    assert file.engine.options == {"max_pages": 50, "ratio": 0.5}
    seed["engine"] = "anthropic_managed"
    assert told(seed) == {}
    seed["engine"] = {"type": "command", "argv": ["audit", "--all"], "network": True, "memory_mb": 64}
    file = judge(json.dumps(seed), "sentinel").file
    assert file is not None
    assert file.engine == CommandEngine(argv=("audit", "--all"), network=True, memory_mb=64)


def test_ten_mistakes_are_all_told(seed: dict[str, Any]) -> None:
    seed["delivery"]["slack"]["chanel"] = "#x"
    seed["limits"]["alert_if_cost_exceeds_usd"] = 9
    seed["engine"] = {"type": "skil", "skill": "a"}
    seed["anthropic"]["agent_id_env"] = "AWS_SECRET"
    del seed["display_name"]
    seed["triggers"]["clickup_webhook"]["trigger_status"] = 7
    seed["limits"]["max_session_duration_minutes"] = "an hour"
    seed["payload_source"]["clickup"]["required_fields"][0] = "client id"
    seed["version"] = "1"
    seed["kickoff_template"]["prompt"] += " {clint_name}"
    problems = told(seed, "sentinal")
    assert problems == {
        "delivery.slack.chanel": "is not a known field; did you mean channel?",
        "limits.alert_if_cost_exceeds_usd": "is more than max_session_cost_usd: "
        "the run ends before it is told",
        "engine": "'skil' is none of anthropic_managed, skill, command; did you mean skill?",
        "anthropic.agent_id_env": "should be the name of an environment variable that ends in _AGENT_ID; "
        "no other may be read",
        "display_name": "is required",
        "triggers.clickup_webhook.trigger_status": "should be text",
        "limits.max_session_duration_minutes": "should be a number of minutes",
        "payload_source.clickup.required_fields.0": "should be a field name: letters, digits and _, "
        "beginning with a letter",
        "version": "should be a version such as 1.0.0",
        "kickoff_template.prompt": "{clint_name} is not a field of the payload; did you mean {client_name}?",
        "agent_name": "is 'sentinel' but the file is sentinal.json; they must agree",
    }


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"engine": None, "anthropic": None}, "engine", "required when there is no anthropic block"),
        ({"engine": "anthropic_managed", "anthropic": None}, "anthropic", "required by the engine"),
        ({"kickoff_template": None}, "kickoff_template", "required by the engine anthropic_managed"),
        ({"engine": "skill"}, "engine.skill", "is required"),
        ({"engine": 5}, "engine", "should be an object"),
        ({"engine": {"type": "command", "argv": []}}, "engine.argv", "at least 1 item"),
        ({"engine": {"type": "command", "argv": ["x"], "shell": True}}, "engine.shell", "not a known field"),
        ({"triggers.cron.enabled": True}, "triggers.cron.enabled", "not served by this version"),
        ({"triggers.slack_command.enabled": True}, "triggers.slack_command.enabled", "not served"),
        ({"triggers.clickup_webhook.list_id": None}, "triggers.clickup_webhook.list_id", "is required while"),
        ({"payload_source": {"type": "manual"}}, "payload_source.type", "should be clickup_task while"),
        ({"payload_source.clickup": None}, "payload_source.clickup", "is required by the type clickup_task"),
        (
            {"payload_source.clickup.optional_fields": ["gbp_url"]},
            "payload_source.clickup.optional_fields",
            "also",
        ),
        ({"delivery.slack.title": "{payload_json}"}, "delivery.slack.title", "{payload_json} is not a field"),
        ({"delivery.slack.channel": None}, "delivery.slack.channel", "is required while"),
        ({"delivery.slack.channel": "seo @here"}, "delivery.slack.channel", "should be a Slack channel"),
        (
            {"delivery.google_drive.folder_template": "/a/../b"},
            "delivery.google_drive.folder_template",
            "step",
        ),
        (
            {"delivery.google_drive.file_name_template": "a/b"},
            "delivery.google_drive.file_name_template",
            "a name",
        ),
        (
            {"delivery.folder": {"enabled": True, "path_template": "/etc"}},
            "delivery.folder.path_template",
            "relative",
        ),
        (
            {"delivery.clickup.update_task_status": "ready (automate)"},
            "delivery.clickup.update_task_status",
            "next",
        ),
        (
            {"alerts.blocked_status": "Ready (Automate)"},
            "alerts.blocked_status",
            "each run would start the next",
        ),
        (
            {"approvals": {"tools": {"send": "maybe"}}},
            "approvals.tools.send",
            "'maybe' is none of allow, ask, deny",
        ),
        ({"anthropic.environment_id_env": "HOME"}, "anthropic.environment_id_env", "no other may be read"),
        ({"limits.max_session_cost_usd": 5.1234567}, "limits.max_session_cost_usd", "more than six decimals"),
        ({"limits.max_session_cost_usd": -1}, "limits.max_session_cost_usd", "more than 0"),
        ({"limits.max_session_cost_usd": True}, "limits.max_session_cost_usd", "an amount in US dollars"),
        ({"limits.max_session_duration_minutes": 0}, "limits.max_session_duration_minutes", "greater than 0"),
        ({"delivery.slack.enabled": "yes"}, "delivery.slack.enabled", "should be true or false"),
        ({"display_name": "a\nb"}, "display_name", "control characters (U+000A)"),
    ],
)
def test_each_mistake_has_its_path(
    seed: dict[str, Any], change: dict[str, Any], path: str, words: str
) -> None:
    for dotted, value in change.items():
        *parents, key = dotted.split(".")
        block = seed
        for parent in parents:
            block = block[parent]
        block[key] = copy.deepcopy(value)
        if value is None:
            del block[key]
    problems = told(seed)
    assert words in problems.get(path, ""), problems


def test_money_is_exact(small: dict[str, Any]) -> None:
    for written, micro in (
        ("0.1", 100_000),
        ("5.10", 5_100_000),
        ('"0.000001"', 1),
        ("2.3e-1", 230_000),
        ("7", 7_000_000),
    ):
        text = json.dumps(small | {"limits": {"max_session_cost_usd": "X"}}).replace('"X"', written)
        file = judge(text, "small").file
        assert file is not None
        assert file.limits.max_cost_micro_usd == micro
        assert file.limits.alert_micro_usd == micro * 60 // 100


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON at line 1, column 1"),
        ("// an agent\n{}", "JSON has no comments"),
        ('{"a": 1,}', "a comma too many"),
        ("[" * 100_000, "nested deeper than 32"),
        ('{"a":' * 50_000, "nested deeper than 32"),
        ("[]", "should be a JSON object"),
        ("null", "should be a JSON object"),
    ],
)
def test_what_is_no_agent_file_at_all(text: str, words: str) -> None:
    (problem,) = check_text(text, "x")
    assert problem.path == ""
    assert words in problem.message


def test_json_that_is_not_strict_is_told_beside_the_rest(small: dict[str, Any]) -> None:
    body = json.dumps(small)[1:-1]
    limits = '{"max_session_cost_usd": NaN, "max_session_cost_usd": 1e9999}'
    text = f'{{{body}, "version": "2.0.0", "limits": {limits}}}'
    problems = {(p.path, p.message.split(";")[0]) for p in check_text(text, "small")}
    assert problems == {
        ("version", "is written more than once"),
        ("limits.max_session_cost_usd", "is written more than once"),
        ("limits.max_session_cost_usd", "1e9999 is not a number this file can hold"),
    }


def test_hostile_keys_and_numbers_are_told_in_bounds(small: dict[str, Any]) -> None:
    text = json.dumps(small | {"k" * 100_000: 1, "\ud800": "\ud800", "nul": "\0", "big": "N"})
    problems = check_text(text.replace('"N"', "9" * 10_000), "small")
    assert len(problems) >= 4
    for problem in problems:
        assert len(problem.path) <= 200
        assert len(problem.message) <= 500
        (problem.path + problem.message).encode("utf-8")
        assert "\0" not in problem.path + problem.message


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda c: (
            st.lists(c, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "agent_name",
                        "engine",
                        "type",
                        "limits",
                        "delivery",
                        "slack",
                        "enabled",
                        "x",
                        "triggers",
                        "payload_source",
                    ]
                )
                | st.text(max_size=5),
                c,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_no_value_breaks_the_verdict(value: object) -> None:
    verdict = judge(json.dumps(value), "x")
    assert verdict.problems or verdict.file is not None


@given(st.text(max_size=60))
def test_no_text_breaks_the_verdict(text: str) -> None:
    assert check_text(text, "x")


def test_every_string_in_the_seed_may_be_anything(seed: dict[str, Any]) -> None:
    """Each value replaced by each wrong kind: told at its path or a path beside it, never a crash."""

    def places(block: object) -> list[tuple[Any, Any]]:
        items = (
            block.items() if isinstance(block, dict) else enumerate(block) if isinstance(block, list) else ()
        )
        return [place for key, item in items for place in [(block, key), *places(item)]]

    for block, key in places(seed):
        kept = block[key]
        for wrong in ([], {}, 3.5, "\u202e{x}", None, [[]], {"enabled": True}):
            block[key] = wrong
            judge(json.dumps(seed), "sentinel")
        block[key] = kept


def test_formatting_is_no_change(seed: dict[str, Any], seed_text: str) -> None:
    first = judge(seed_text, "sentinel").sha256
    assert judge(json.dumps(seed, indent=8, sort_keys=True), "sentinel").sha256 == first
    assert judge(json.dumps(seed | {"$schema": "./agent.schema.json"}), "sentinel").sha256 == first
    assert judge(seed_text.replace("5.00", "5"), "sentinel").sha256 == first
    assert judge(seed_text.replace("5.00", "5.01"), "sentinel").sha256 != first


def test_unknown_skill_has_a_hint(small: dict[str, Any]) -> None:
    small["engine"] = {"type": "skill", "skill": "local-seo-audti"}
    (problem,) = judge(json.dumps(small), "small", skills={"local-seo-audit", "other"}).problems
    assert problem.path == "engine.skill"
    assert "did you mean 'local-seo-audit'?" in problem.message
    assert judge(json.dumps(small), "small").problems == ()


def test_missing_fields_are_named(seed_text: str) -> None:
    file = judge(seed_text, "sentinel").file
    assert file is not None
    payload = {"client_id": "../../etc", "client_name": " ", "seed_keywords": [], "website_url": None}
    assert missing_fields(file, payload) == tuple(f for f in file.required_fields if f != "client_id")
    assert {p.path for p in payload_problems(file, payload)} == set(file.required_fields)


def test_client_ids() -> None:
    assert all(map(is_client_id, ("a", "shamrock-detailing-columbus", "A.b_c-1", "7")))
    assert not any(
        map(is_client_id, ("", "..", "a/b", "../a", "-a", ".a", "é", "a" * 129, "a b", "a\0", "CON:"))
    )


def test_the_published_schema_agrees_with_the_verdict(seed: dict[str, Any], small: dict[str, Any]) -> None:
    schema = agent_file_schema()
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for good in (seed, small, seed | {"$schema": "x"}, seed | {"engine": "anthropic_managed"}):
        assert list(validator.iter_errors(good)) == []
    for bad in (seed | {"extra": 1}, seed | {"version": "1"}, seed | {"engine": "skill"}, {}):
        assert list(validator.iter_errors(bad)) != []
    assert "max_session_cost_usd" in json.dumps(schema)
    assert "micro" not in json.dumps(schema["properties"])
