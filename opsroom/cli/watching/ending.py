"""The last words about a run: what came of it, where its files are, and what to do when it failed."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from opsroom.cli.records import Delivery, RunDetail
from opsroom.cli.screen import clean, duration, money, one_line, plural, size, state_style, word_style

DELIVERED, NOT_DELIVERED = 0, 4


def exit_code_of(run: RunDetail) -> int:
    """0 only for a delivered success."""
    return DELIVERED if run.status == "DONE" else NOT_DELIVERED


def tell_end(console: Console, run: RunDetail) -> None:
    """Print the outcome, the summary, the deliveries and, on failure, the next step."""
    console.print()
    _headline(console, run)
    _summary(console, run)
    tell_files(console, run)
    tell_deliveries(console, run.deliveries)
    if run.status != "DONE":
        console.print()
        console.print(Text.assemble(("Next: ", "bold"), advice(run)), soft_wrap=True)


def _headline(console: Console, run: RunDetail) -> None:
    spent = money(run.cost_usd) + (f" of {money(run.budget_usd)}" if float(run.budget_usd) else "")
    figures = f"{duration(run.duration_s)}, {spent}"
    if run.status == "DONE":
        word = "Dry run done, nothing was sent," if run.dry_run else "Delivered"
        console.print(Text.assemble((f"✓ {word}", "bold green"), f" in {figures}"))
        return
    console.print(Text.assemble((f"✗ {why(run)}", f"bold {state_style(run.status)}")), soft_wrap=True)
    console.print(Text(f"  {run.status} after {figures}", "dim"))


def why(run: RunDetail) -> str:
    """One sentence: why this run is no delivered success."""
    said = one_line(run.error.message, 600) if run.error else ""
    stock = {
        "empty": "The agent finished without writing a file, so there was nothing to deliver.",
        "undelivered": _undelivered(run.deliveries),
        "budget_exceeded": f"The run was stopped at its budget of {money(run.budget_usd)}.",
        "duration_exceeded": "The run was stopped at its time limit.",
        "refused": "The model refused the task.",
        "retries_exhausted": "The session gave up after its retries were used up.",
        "session_terminated": "The session ended before its work was done.",
        "cancelled": "The run was cancelled.",
    }.get(run.outcome or "", "")
    if stock and said and run.outcome not in ("undelivered", "empty"):
        return f"{stock} {said}"
    return stock or said or f"The run ended as {run.status}."


def _undelivered(deliveries: tuple[Delivery, ...]) -> str:
    failed = [d for d in deliveries if d.status == "failed"]
    names = ", ".join(one_line(d.channel, 40) for d in failed) or "a channel"
    return f"The files exist, but delivery failed on {names}."


def advice(run: RunDetail) -> str:
    """What the person can do about it."""
    file, again = f"agents/{run.agent_name}.json", f"opsroom runs rerun {run.id}"
    failed = [d.channel for d in run.deliveries if d.status == "failed"]
    deliver = f"opsroom runs redeliver {run.id}" + (f" --channel {failed[0]}" if len(failed) == 1 else "")
    log = f"opsroom runs tail {run.id}"
    advices = {
        "empty": f"read what it said ({log}), see that its prompt says which files to write, then: {again}",
        "undelivered": f"repair the channel (its error is above), then: {deliver}",
        "budget_exceeded": f"raise limits.max_session_cost_usd in {file} if it is worth it, then: {again}",
        "duration_exceeded": f"raise limits.max_session_duration_minutes in {file}, then: {again}",
        "refused": f"change the prompt or the payload ({log} shows what it objected to), then: {again}",
        "cancelled": f"nothing; to do it after all: {again}",
    }
    return advices.get(run.outcome or "", f"read its log ({log}), repair the cause, then: {again}")


def _summary(console: Console, run: RunDetail) -> None:
    summary = run.summary
    if summary is None:
        return
    if summary.headline:
        console.print(Text(f"  {one_line(summary.headline, 300)}"), soft_wrap=True)
    if summary.score is not None:
        console.print(Text.assemble("  Score ", (f"{summary.score:g}/{summary.max_score or 100:g}", "bold")))
    for priority in summary.priorities:
        style = "red" if priority.severity == "P1" else "yellow"
        text = Text.assemble("  ", (one_line(priority.severity, 8), style), " ", one_line(priority.text, 300))
        console.print(text, soft_wrap=True)


def tell_files(console: Console, run: RunDetail) -> None:
    """The files the run wrote."""
    if not run.outputs:
        return
    console.print(Text("\nFiles", "bold"))
    for output in run.outputs:
        about = "  ".join(p for p in (size(output.size_bytes), one_line(output.title or "", 80)) if p)
        console.print(Text.assemble("  ", one_line(output.name, 200), "  ", (about, "dim")), soft_wrap=True)


def tell_deliveries(console: Console, deliveries: tuple[Delivery, ...]) -> None:
    """Every channel: what became of it and where to look."""
    if not deliveries:
        return
    console.print(Text("\nDelivery", "bold"))
    width = max(len(d.channel) for d in deliveries)
    for delivery in deliveries:
        status = (
            "would be sent (dry run)" if delivery.status == "dry_run" else delivery.status.replace("_", " ")
        )
        head = Text.assemble(
            "  ", f"{one_line(delivery.channel, 40):<{width}}", "  ", (status, word_style(status))
        )
        if delivery.link:
            head.append(f"  {clean(delivery.link)}")
        elif sent := sum(i.status == "sent" for i in delivery.items):
            head.append(f"  {plural(sent, 'item')}", "dim")
        console.print(head, soft_wrap=True)
        _items(console, delivery)


def _items(console: Console, delivery: Delivery) -> None:
    for item in delivery.items:
        if item.status == "failed" and item.error:
            line = Text.assemble("    ", (f"{one_line(item.label, 120)}: {one_line(item.error, 400)}", "red"))
            console.print(line, soft_wrap=True)
        elif item.where and item.where != delivery.link:
            label = "" if item.where.startswith("/") else f"{one_line(item.label, 80)}  "
            console.print(Text.assemble("    ", (label, "dim"), clean(item.where)), soft_wrap=True)
        elif item.status == "dry_run":
            console.print(Text(f"    {one_line(item.label, 200)}", "dim"), soft_wrap=True)
    if delivery.error and not any(i.error for i in delivery.items):
        style = "red" if delivery.status == "failed" else "dim"
        console.print(Text(f"    {one_line(delivery.error, 400)}", style), soft_wrap=True)
