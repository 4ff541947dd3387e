"""What a start loads: the SDK of a vendor comes with the first call, if there is one (DESIGN section 6)."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "anthropic",
    "dulwich",
    "googleapiclient",
    "markdown_it",
    "nh3",
    "slack_sdk",
}


def test_no_vendor_is_loaded_before_it_is_called() -> None:
    code = f"import sys, opsroom.app.serve; print(*sorted({HEAVY!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
