"""Rows of the matrix of routes: documents, templates and attachments."""

from __future__ import annotations

from opsroom.board.documents.rules import blob_of_text
from tests.app.product_town import PLAN
from tests.app.route_row import Row

_TASK, _SPRINT = "/api/tasks/{task_id}", "/api/sprints/{sprint_id}"
_BASE = blob_of_text(PLAN)


def _documents(at: str, plain: str, documented: str) -> dict[str, Row]:
    one = f"{at}/documents/{{name}}"
    change = {"text": "# Another plan\n", "base": _BASE}
    return {
        f"GET {at}/documents": Row(owned=plain),
        f"GET {one}": Row(owned=documented, name="spec.md"),
        f"PUT {one}": Row(change, owned=documented, name="spec.md"),
        f"DELETE {one}": Row(owned=documented, name="spec.md"),
        f"GET {one}/history": Row(owned=documented, name="spec.md"),
        f"GET {one}/diff": Row(owned=documented, name="spec.md", done=(422,)),  # of what, it is not told
        f"POST {one}/restore": Row({"revision": _BASE}, owned=documented, name="spec.md"),
    }


DOCUMENTS: dict[str, Row] = {
    **_documents(_TASK, "task", "documented_task"),
    **_documents(_SPRINT, "sprint", "documented_sprint"),
    f"GET {_TASK}/attachments": Row(owned="task"),
    f"POST {_TASK}/attachments": Row({}, owned="task", done=(415,)),  # a form is wanted, not JSON
    f"GET {_TASK}/attachments/{{name}}": Row(owned="documented_task", name="a.txt"),
    f"DELETE {_TASK}/attachments/{{name}}": Row(owned="documented_task", name="a.txt"),
    f"POST {_TASK}/attachments/{{name}}/restore": Row(owned="documented_task", name="gone.txt"),
    "GET /api/templates": Row(),
    "GET /api/templates/{name}": Row(name="task-spec.md"),
    "PUT /api/templates/{name}": Row({"text": "# T"}, name="t.md", done=(200, 409)),
    "DELETE /api/templates/{name}": Row(name="none-such.md", done=(404,)),
}
