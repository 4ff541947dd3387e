"""The sample site: every planted defect is found, nothing else is, and twice the same."""

import asyncio
import gzip
import json
import re
from typing import Any

import jsonschema
import pytest
from audit_kit import SAMPLE, SKILL, AuditRun, load, run_skill

serve = load(SAMPLE / "serve.py", "sample_site_serve")
list_planted = load(SAMPLE / "list_planted.py", "sample_site_list_planted")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[AuditRun, AuditRun, dict[str, str]]:
    """Two audits of the served sample, and the origin of each site by its name."""

    async def audit_twice() -> tuple[AuditRun, AuditRun, dict[str, str]]:
        site = await serve.start_sample_site()
        try:
            folder = tmp_path_factory.mktemp("sample")
            first = await run_skill(folder / "first", site.payload(), arguments=("--keep-html",))
            second = await run_skill(folder / "second", site.payload())
            return first, second, {name: server.origin for name, server in site.servers.items()}
        finally:
            await site.close()

    return asyncio.run(audit_twice())


def planted(origins: dict[str, str]) -> set[tuple[str, str, str]]:
    entries = json.loads((SAMPLE / "planted.json").read_text(encoding="utf-8"))
    return {
        (entry["id"], origins[entry.get("site", serve.MAIN_SITE)] + entry["path"], entry.get("subject", ""))
        for entry in entries
    }


def reported(run: AuditRun) -> set[tuple[str, str, str]]:
    return {
        (finding["id"], place["url"], place["subject"])
        for finding in run.data["findings"]
        for place in finding["evidence"]
    }


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        hidden = {"generated_at", "timings", "measured_ms"}
        return {name: without_times(entry) for name, entry in value.items() if name not in hidden}
    return [without_times(entry) for entry in value] if isinstance(value, list) else value


def test_finds_every_planted_defect_and_nothing_else(sample: Any) -> None:
    first, _, origins = sample
    assert first.code == 0, first.stderr
    assert reported(first) == planted(origins)


def test_same_site_same_audit(sample: Any) -> None:
    first, second, _ = sample
    assert without_times(first.data) == without_times(second.data)


def test_json_follows_the_published_schema(sample: Any) -> None:
    schema = json.loads((SKILL / "audit.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(sample[0].data)


def test_score_is_the_documented_formula(sample: Any) -> None:
    data = sample[0].data
    share = {"P1": 0.25, "P2": 0.10, "P3": 0.03}
    total = 0.0
    for module in data["modules"]:
        points = 100.0
        for finding in data["findings"]:
            if finding["module"] == module["name"]:
                spread = min(1.0, finding["affected_count"] / finding["checked_count"])
                points *= 1 - share[finding["severity"]] * (0.25 + 0.75 * spread)
        assert module["score"] == pytest.approx(points, abs=0.051)
        total += module["weight"] * module["score"]
    assert data["overall_score"] == round(total / 100)


def test_speaks_the_skill_protocol(sample: Any) -> None:
    run = sample[0]
    assert {line["type"] for line in run.lines} == {
        "message", "progress", "tool_use", "tool_result", "output", "summary",
    }  # fmt: skip
    used = [line["id"] for line in run.of_type("tool_use")]
    answered = [line["id"] for line in run.of_type("tool_result")]
    assert used == answered
    assert {line["name"] for line in run.of_type("tool_use")} >= {
        "crawl", "technical", "identity", "coverage", "content", "competitors",
    }  # fmt: skip
    assert {line["path"] for line in run.of_type("output")} == {path.name for path in run.outputs.iterdir()}
    summary = run.lines[-1]
    assert summary["type"] == "summary"
    assert summary["score"] == run.data["overall_score"]
    assert [entry["text"] for entry in summary["priorities"]] == [
        entry["text"] for entry in run.data["top_priorities"]
    ]


def test_raw_pages_are_kept_only_when_asked(sample: Any) -> None:
    first, second, origins = sample
    assert not any(path.name.endswith(".warc.gz") for path in second.outputs.iterdir())
    records = gzip.decompress(first.file(".warc.gz").read_bytes())
    targets = set(re.findall(rb"WARC-Target-URI: (\S+)", records))
    assert f"{origins[serve.MAIN_SITE]}/pricing".encode() in targets
    assert b"<h1>Prices</h1>" in records


def test_html_report_is_self_contained(sample: Any) -> None:
    page = sample[0].file(".html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r"(?:src|srcset)=|url\(|@import|<link\b", page)
    assert page.count("<svg") > 5


def test_list_for_people_is_up_to_date() -> None:
    assert (SAMPLE / "PLANTED.md").read_text(encoding="utf-8") == list_planted.planted_markdown()
