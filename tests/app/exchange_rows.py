"""Whose is what of the board: import, export, outgoing webhooks, figures."""

from __future__ import annotations

from tests.app.route_row import Row

_HOOK = {"url": "https://hooks.example.com/{n}"}
_TABLE = {"content": "id,title\n{n},Brought"}

EXCHANGE: dict[str, Row] = {
    "POST /api/imports/preview": Row(_TABLE, "admin"),
    "POST /api/imports": Row(_TABLE, "admin"),
    "GET /api/imports": Row(None, "admin"),
    "GET /api/imports/{import_id}": Row(None, "admin", "brought"),
    # It may still be under way.
    "POST /api/imports/{import_id}/archive": Row(None, "admin", "brought", done=(200, 409)),
    "GET /api/export": Row(),
    "GET /api/hook-kinds": Row(None, "admin"),
    "GET /api/hooks": Row(None, "admin"),
    "POST /api/hooks": Row(_HOOK, "admin"),
    "PATCH /api/hooks/{hook_id}": Row({"name": "renamed"}, "admin", "hook"),
    "DELETE /api/hooks/{hook_id}": Row(None, "admin", "hook"),
    "GET /api/hooks/{hook_id}/deliveries": Row(None, "admin", "hook"),
    "POST /api/hooks/{hook_id}/test": Row(None, "admin", "hook"),
    "POST /api/hook-deliveries/{delivery_id}/resend": Row(None, "admin", "hook_delivery"),
    "GET /api/analytics/velocity": Row(),
    # Without a sprint that goes on there is nothing to burn.
    "GET /api/analytics/burndown": Row(done=(200, 404)),
    "GET /api/analytics/burnup": Row(done=(200, 404)),
    "GET /api/analytics/cycle-time": Row(),
    "GET /api/analytics/done-tasks": Row(),
    "GET /api/analytics/throughput": Row(),
    "GET /api/analytics/cumulative-flow": Row(),
    "GET /api/analytics/workload": Row(),
}
