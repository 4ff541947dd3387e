"""What the scripted agents of these tests do: the sandbox's scenarios, slower, and a spiteful one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from opsroom.sandbox.api import Scenario, scenario_from

_SHIPPED = Path(__file__).resolve().parents[2] / "opsroom" / "sandbox" / "scenarios"

# One mark for every way of getting a script to run; each would set window.__hurt.
HURT = (
    "<script>window.__hurt = 1</script>"
    '<img src="x" onerror="window.__hurt = 2">'
    '<svg onload="window.__hurt = 3"></svg>'
    '<a href="javascript:window.__hurt = 4">press me</a>'
)
_REPORT = """<!doctype html>
<html lang="en"><head><title>Local SEO audit</title>
<style>body{font:16px/1.6 system-ui;max-width:44rem;margin:2rem auto;padding:0 1rem}
th,td{padding:.3rem .9rem .3rem 0;text-align:left}</style></head>
<body><h1>Local SEO audit: {client_name}</h1>
<p><strong>71 of 100.</strong> Solid base, thin local coverage.</p>
<table><tr><th>Module</th><th>Score</th></tr><tr><td>Technical</td><td>16/20</td></tr>
<tr><td>Identity</td><td>13/20</td></tr><tr><td>Coverage</td><td>11/20</td></tr></table></body></html>
"""


def _shipped(name: str, pace: float, **more: Any) -> dict[str, Any]:
    scenario = json.loads((_SHIPPED / f"{name}.json").read_text())
    for step in scenario["steps"]:
        if "after_ms" in step:
            step["after_ms"] = round(step["after_ms"] * pace)
    return scenario | more


def _audit(pace: float) -> dict[str, Any]:
    scenario = _shipped("audit-success", pace)
    report = {"output": {"name": "sentinel-audit-{client_id}.html", "content": _REPORT}}
    last = next(i for i, step in enumerate(scenario["steps"]) if "is complete" in step.get("say", ""))
    scenario["steps"].insert(last, report)
    return scenario


_HOSTILE = {
    "steps": [
        {"say": f"I found this on the site: {HURT}"},
        {"say": "[a link](javascript:window.__hurt=5) and **bold** and <b>not bold</b>"},
        {"event": {"type": "agent.tool_use", "id": "t", "name": "web_fetch", "input": {"url": HURT}}},
        {"event": {"type": "agent.tool_result", "tool_use_id": "t", "text": HURT}},
        {"event": {"type": "session.weather_changed", "to": HURT}},
        {"output": {"name": "brief.html", "content": f"<!doctype html><h1>Brief</h1>{HURT}"}},
        {
            "output": {
                "name": "brief.md",
                "content": f"# Brief\n\n{HURT}\n\n[x](javascript:window.__hurt=6)\n",
            }
        },
        {"idle": "end_turn"},
    ]
}

# Goes on for ever, at a price a test or a picture does not exhaust.
_WATCH = {
    "steps": [
        {"say": "I follow the rankings of {client_name} until I am stopped."},
        {
            "repeat": "forever",
            "steps": [
                {"after_ms": 300, "say": "Still working. Round {i}: the map pack for 5 cities."},
                {
                    "event": {
                        "type": "agent.tool_use",
                        "name": "web_search",
                        "input": {"q": "ceramic coating"},
                    }
                },
                {"after_ms": 200, "event": {"type": "agent.tool_result", "text": "Position 4 in Columbus."}},
                {"usage": {"list_cost_cents": 1, "input_tokens": 1500, "output_tokens": 140}},
            ],
        },
    ]
}

SCENARIOS: list[Scenario] = [
    scenario_from(_audit(2.0), "audit-live"),
    scenario_from(_shipped("approval", 1.0), "approval-live"),
    scenario_from(_HOSTILE, "hostile"),
    scenario_from(_WATCH, "watch-live"),
]
