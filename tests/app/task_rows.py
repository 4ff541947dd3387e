"""Who may call which route of tasks: their part of the matrix."""

from __future__ import annotations

from tests.app.route_row import Row

TASKS: dict[str, Row] = {
    "GET /api/board": Row(),
    "GET /api/board/spans": Row(),
    "POST /api/tasks/fitting": Row({"search": "x"}),
    "GET /api/tasks": Row(),
    "POST /api/tasks": Row({"title": "Task {n}"}),
    "POST /api/tasks/bulk": Row({"ids": ["task_none"], "action": "archive"}, done=(422,)),
    "GET /api/tasks/{task_id}": Row(owned="task"),
    "PATCH /api/tasks/{task_id}": Row({"title": "Renamed"}, owned="task"),
    "DELETE /api/tasks/{task_id}": Row(owned="task"),
    "POST /api/tasks/{task_id}/move": Row({"status": "done"}, owned="task"),
    "POST /api/tasks/{task_id}/archive": Row(owned="task"),
    "POST /api/tasks/{task_id}/restore": Row(owned="task"),
    "POST /api/tasks/{task_id}/duplicate": Row({}, owned="task"),
}
