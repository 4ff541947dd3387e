"""Comments over HTTP."""

from __future__ import annotations

from typing import Literal

from litestar import delete, get, patch, post
from litestar.params import Parameter

from opsroom.board.comments import api
from opsroom.board.comments.shapes import CommentEdit, NewComment
from opsroom.board.shapes import Comment
from opsroom.board.workflow.api import reading, writing
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta


def routes(house: House) -> list[object]:
    """/api/tasks/{task_id}/comments and /api/comments."""

    @get("/api/tasks/{task_id:str}/comments", opt={"verb": "board:read"}, tags=["comments"])
    async def list_comments(
        actor: Actor,
        task_id: str,
        sort: Literal["oldest", "newest"] = "oldest",
        limit: int = Parameter(default=50, ge=1, le=200),
        offset: int = Parameter(default=0, ge=0),
    ) -> Answer[list[Comment]]:
        """A task's comments."""
        async with reading(house, actor) as tx:
            found, total = await api.comments_of(
                tx, task_id, newest_first=sort == "newest", limit=limit, offset=offset
            )
        return Answer(data=found, meta=Meta(total=total, limit=limit, offset=offset))

    @post("/api/tasks/{task_id:str}/comments", opt={"verb": "board:write"}, tags=["comments"])
    async def add_comment(actor: Actor, task_id: str, data: NewComment) -> Answer[Comment]:
        """Comment on a task, in Markdown; `@name` tells them. Who comments watches the task from then on."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.add_comment(tx, task_id, data))

    @patch("/api/comments/{comment_id:str}", opt={"verb": "board:write"}, tags=["comments"])
    async def edit_comment(actor: Actor, comment_id: str, data: CommentEdit) -> Answer[Comment]:
        """Edit a comment: its author may, and an admin."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.edit_comment(tx, comment_id, data))

    @delete("/api/comments/{comment_id:str}", status_code=200, opt={"verb": "board:write"}, tags=["comments"])
    async def delete_comment(actor: Actor, comment_id: str) -> Answer[Comment]:
        """Delete a comment; it can be restored."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.delete_comment(tx, comment_id))

    @post(
        "/api/comments/{comment_id:str}/restore",
        status_code=200,
        opt={"verb": "board:write"},
        tags=["comments"],
    )
    async def restore_comment(actor: Actor, comment_id: str) -> Answer[Comment]:
        """Bring a deleted comment back."""
        async with writing(house, actor) as tx:
            return Answer(data=await api.restore_comment(tx, comment_id))

    return [list_comments, add_comment, edit_comment, delete_comment, restore_comment]
