"""`opsroom tasks`: the board from the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from opsroom.cli.commands.wiring import AsJson, Limit, connect

if TYPE_CHECKING:
    from opsroom.cli.board_records import Comment, Task
    from opsroom.cli.connection import Connection

app = typer.Typer(
    help="See the tasks of the board, add, move, assign and discuss them.", no_args_is_help=True
)

TaskId = Annotated[str, typer.Argument(metavar="TASK", help="A task's number (42 or #42) or its id.")]


@app.command("list")
def list_tasks(  # noqa: PLR0913, PLR0917 - one parameter for each option
    ctx: typer.Context,
    search: Annotated[
        str | None, typer.Argument(metavar="[TEXT]", help="Only where this text occurs.")
    ] = None,
    status: Annotated[
        str | None, typer.Option(metavar="COLUMNS", help="Only in these columns, e.g. todo,blocked.")
    ] = None,
    assigned: Annotated[
        str | None, typer.Option(metavar="AGENTS", help="Only of these agents; `none` for nobody's.")
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", metavar="", help="Only what is assigned to you.")] = False,
    priority: Annotated[str | None, typer.Option(metavar="P", help="Only of these, e.g. p1,p2.")] = None,
    category: Annotated[str | None, typer.Option(metavar="IDS", help="Only of these categories.")] = None,
    sprint: Annotated[str | None, typer.Option(metavar="IDS", help="Only of these sprints.")] = None,
    label: Annotated[
        str | None, typer.Option(metavar="LABELS", help="Only with one of these labels.")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", metavar="", help="Only what should be done.")] = False,
    sort: Annotated[
        str | None, typer.Option(metavar="FIELDS", help="E.g. due_date or priority,updated_at:desc.")
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List tasks, newest first, or best fit first when searching."""
    from opsroom.cli.board_records import Task
    from opsroom.cli.records import read_all
    from opsroom.cli.screen import err, out, plural, print_json
    from opsroom.kernel.errors import Invalid, Problem

    if mine and assigned:
        raise Invalid("Say whose tasks.", problems=(Problem("--mine", "cannot stand beside --assigned"),))
    query = {
        "search": search,
        "status": status,
        "assigned": "me" if mine else assigned,
        "priority": priority,
        "category": category,
        "sprint": sprint,
        "label": label,
        "overdue": "true" if overdue else None,
        "sort": sort,
        "limit": limit,
    }
    with connect(ctx) as connection:
        reply = connection.client.get("/api/tasks", query)
    if as_json:
        print_json(reply.data)
        return
    found = read_all(Task, reply.data)
    if not found:
        err().print("No tasks fit. `opsroom tasks add TITLE` puts one on the board.", style="dim")
        return
    out().print(_table(found))
    total = reply.meta.get("total")
    if isinstance(total, int) and total > len(found):
        err().print(f"{len(found)} of {plural(total, 'task')}; --limit shows more.", style="dim")


def _table(found: list[Task]) -> object:
    from rich.text import Text

    from opsroom.cli.screen import one_line, table_of

    table = table_of("TASK", "TITLE", "COLUMN", "PRIORITY", "WHO", "DUE", wide=("TITLE",))
    for task in found:
        table.add_row(
            f"#{task.number}",
            one_line(task.title, 200),
            Text(one_line(task.status, 40), "red" if task.blocked_reason else ""),
            Text(task.priority, _PRIORITY_STYLES.get(task.priority, "")),
            one_line(task.whose, 40),
            str(task.due_date or ""),
        )
    return table


_PRIORITY_STYLES = {"p1": "red", "p2": "yellow", "p3": "green"}
_COMMENTS_SHOWN = 5


@app.command("show")
def show_task(ctx: typer.Context, task_id: TaskId, as_json: AsJson = False) -> None:
    """Show one task with its newest comments."""
    from opsroom.cli.board_records import Comment, Task
    from opsroom.cli.client import segment
    from opsroom.cli.records import read, read_all
    from opsroom.cli.screen import print_json

    with connect(ctx) as connection:
        data = connection.client.get(f"/api/tasks/{segment(_plain(task_id))}").data
        task = read(Task, data)
        query = {"sort": "newest", "limit": _COMMENTS_SHOWN}
        path = f"/api/tasks/{segment(task.id)}/comments"
        said = connection.client.get(path, query).data if task.comment_count else []
    if as_json:
        print_json({**data, "newest_comments": said} if isinstance(data, dict) else data)
    else:
        _tell(task, read_all(Comment, said)[::-1])


def _tell(task: Task, comments: list[Comment]) -> None:
    from rich.table import Table
    from rich.text import Text

    from opsroom.cli.screen import ago, clean, one_line, out, plural

    console = out()
    console.print(Text(f"#{task.number} {one_line(task.title, 500)}", "bold"), soft_wrap=True)
    parts = ", ".join(f"#{part.number} {one_line(part.title, 60)}" for part in task.depends_on or ())
    rows = {
        "column": task.status + (f": {one_line(task.blocked_reason, 300)}" if task.blocked_reason else ""),
        "priority": task.priority,
        "agent": f"{task.assigned_agent.emoji} {task.assigned_agent.name}" if task.assigned_agent else "",
        "accountable": task.accountable.name if task.accountable else "",
        "category": task.category.name if task.category else "",
        "sprint": task.sprint_id or "",
        "dates": " to ".join(str(day) for day in (task.start_date, task.due_date) if day),
        "estimate": f"{task.estimate:g}" if task.estimate is not None else "",
        "labels": ", ".join(task.labels),
        "subtasks": f"{task.subtask_done_count} of {task.subtask_count} done" if task.subtask_count else "",
        "waits for": parts,
        "run": f"{task.run_id} {task.run_status or ''}" if task.run_id else "",
        "created": f"by {task.created_by_name}, {ago(task.created_at)}",
        "archived": ago(task.archived_at) if task.archived_at else "",
        "id": task.id,
    }
    grid = Table.grid(padding=(0, 2, 0, 0))
    for name, value in rows.items():
        if value:
            grid.add_row(Text(name, "dim"), Text(one_line(value, 400)))
    console.print(grid)
    if task.description:
        console.print(Text(f"\n{clean(task.description)}"), soft_wrap=True)
    if task.comment_count > len(comments):
        console.print(Text(f"\n{plural(task.comment_count, 'comment')}, the newest:", "dim"))
    for comment in comments:
        edited = ", edited" if comment.edited_at else ""
        head = Text.assemble((f"\n{one_line(comment.author.name, 80)}", "bold"), "  ")
        head.append(f"{ago(comment.created_at)}{edited}", "dim")
        console.print(head)
        console.print(Text(clean(comment.content)), soft_wrap=True)


@app.command("add")
def add_task(  # noqa: PLR0913, PLR0917 - one parameter for each option
    ctx: typer.Context,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What is to be done.")],
    description: Annotated[
        str,
        typer.Option("--description", "-d", metavar="TEXT", help="Markdown; `-` reads it from the input."),
    ] = "",
    status: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column; else the first to begin in.")
    ] = None,
    priority: Annotated[str | None, typer.Option(metavar="P", help="p1, p2 or p3.")] = None,
    assign: Annotated[str | None, typer.Option(metavar="AGENT", help="An agent of the roster.")] = None,
    category: Annotated[str | None, typer.Option(metavar="ID", help="Its category.")] = None,
    sprint: Annotated[str | None, typer.Option(metavar="ID", help="Its sprint.")] = None,
    due: Annotated[str | None, typer.Option(metavar="DAY", help="Its due date, as YYYY-MM-DD.")] = None,
    estimate: Annotated[float | None, typer.Option(min=0, metavar="N", help="How big it is.")] = None,
    label: Annotated[
        list[str] | None, typer.Option(metavar="LABEL", help="A label; may be repeated.")
    ] = None,
    parent: Annotated[str | None, typer.Option(metavar="TASK", help="The task it is a part of.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a task on the board."""
    given = {
        "title": title,
        "description": _text(description),
        "status": status,
        "priority": priority,
        "assigned_agent_id": assign,
        "category_id": category,
        "sprint_id": sprint,
        "due_date": due,
        "estimate": estimate,
        "labels": label,
    }
    body: dict[str, object] = {name: value for name, value in given.items() if value not in (None, "", [])}
    body["title"] = title
    with connect(ctx) as connection:
        if parent is not None:
            body["parent_id"] = _id(connection, parent)
        data = connection.client.post("/api/tasks", body).data
    _say(data, "is on the board, in {status}", as_json)


@app.command("move")
def move_task(
    ctx: typer.Context,
    task_id: TaskId,
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="The key of a column, e.g. in_progress.")],
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why it is blocked; blocked columns ask for it.")
    ] = None,
    position: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Its place from the top; else the top itself.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Move a task to a column."""
    body: dict[str, object] = {"status": column}
    if reason is not None:
        body["blocked_reason"] = reason
    if position is not None:
        body["sort_order"] = position
    with connect(ctx) as connection:
        data = _act(connection, task_id, "move", body)
    _say(data, "is in {status} now", as_json)


@app.command("done")
def finish_task(ctx: typer.Context, task_id: TaskId, as_json: AsJson = False) -> None:
    """Move a task to the board's first column of the kind done."""
    from opsroom.cli.board_records import BoardColumn
    from opsroom.cli.records import read_all
    from opsroom.kernel.errors import NotFound

    with connect(ctx) as connection:
        columns = read_all(BoardColumn, connection.client.get("/api/board/columns").data)
        done = next((column.key for column in columns if column.kind == "done"), None)
        if done is None:
            raise NotFound("This board has no column of the kind done; `opsroom tasks move` names another.")
        data = _act(connection, task_id, "move", {"status": done})
    _say(data, "is in {status} now", as_json)


@app.command("assign")
def assign_task(
    ctx: typer.Context,
    task_id: TaskId,
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="An agent of the roster, or `none`.")],
    as_json: AsJson = False,
) -> None:
    """Assign a task to an agent of the roster, or to nobody."""
    from opsroom.cli.client import segment

    with connect(ctx) as connection:
        path = f"/api/tasks/{segment(_id(connection, task_id))}"
        body: dict[str, object] = {"assigned_agent_id": None if agent == "none" else agent}
        data = connection.client.patch(path, body).data
    _say(data, "is assigned to {who}" if agent != "none" else "is assigned to nobody", as_json)


@app.command("comment")
def comment_on_task(
    ctx: typer.Context,
    task_id: TaskId,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Markdown; @name tells them; `-` reads the input.")
    ],
    as_json: AsJson = False,
) -> None:
    """Comment on a task. You watch it from then on."""
    from opsroom.cli.screen import out, print_json

    with connect(ctx) as connection:
        data = _act(connection, task_id, "comments", {"content": _text(text)})
    if as_json:
        print_json(data)
    else:
        out().print("Said.", soft_wrap=True)


def _act(connection: Connection, task_id: str, verb: str, body: dict[str, object]) -> object:
    from opsroom.cli.client import segment

    return connection.client.post(f"/api/tasks/{segment(_id(connection, task_id))}/{verb}", body).data


def _plain(task_id: str) -> str:
    return task_id.removeprefix("#")


def _id(connection: Connection, task_id: str) -> str:
    """The id of a task that may be named by its number, which is what people read on a card."""
    from opsroom.cli.board_records import Task
    from opsroom.cli.client import segment
    from opsroom.cli.records import read

    plain = _plain(task_id)
    if not plain.isdecimal():
        return plain
    return read(Task, connection.client.get(f"/api/tasks/{segment(plain)}").data).id


def _text(given: str) -> str:
    return sys.stdin.read() if given == "-" else given


def _say(data: object, what: str, as_json: bool) -> None:
    from opsroom.cli.board_records import Task
    from opsroom.cli.records import read
    from opsroom.cli.screen import one_line, out, print_json

    if as_json:
        print_json(data)
        return
    task = read(Task, data)
    told = what.format(status=task.status, who=task.whose or "nobody")
    out().print(f"#{task.number} {one_line(task.title, 120)} {told}.", soft_wrap=True)
