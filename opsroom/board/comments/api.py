"""The verbs of comments."""

from __future__ import annotations

from collections.abc import Iterable

from opsroom.board.comments import store
from opsroom.board.comments.rules import directory, excerpt, may_change, mentioned, names_of, resolve
from opsroom.board.comments.shapes import CommentEdit, NewComment
from opsroom.board.errors import NoSuchTask, NoSuchThing, NotYours, StaleThing
from opsroom.board.events import CommentAdded, CommentChanged
from opsroom.board.roster import api as roster
from opsroom.board.shapes import Comment
from opsroom.board.tasks.listing import store as texts
from opsroom.identity import api as identity
from opsroom.kernel.errors import Conflict
from opsroom.kernel.ids import new_id
from opsroom.kernel.uow import Tx


async def comments_of(
    tx: Tx, task_id: str, *, newest_first: bool = False, limit: int = 50, offset: int = 0
) -> tuple[list[Comment], int]:
    """A task's comments, oldest first unless asked otherwise, and how many there are. Raises NoSuchTask."""
    await _title(tx, task_id, deleted=True)
    return await store.of_task(tx, task_id, newest_first=newest_first, limit=limit, offset=offset)


async def get_comment(tx: Tx, comment_id: str, *, lock: bool = False) -> Comment:
    """One comment; a deleted one says nothing any more. Raises NoSuchThing."""
    found = await store.comment(tx, comment_id, lock=lock)
    if found is None:
        raise NoSuchThing(f"There is no comment {comment_id} on this board.")
    return found


async def add_comment(tx: Tx, task_id: str, new: NewComment, *, agent_id: str | None = None) -> Comment:
    """Say something about a task. Who comments watches it from then on. Raises NoSuchTask.

    An agent whose slug has a seat on the roster speaks from there; `agent_id` names the seat the house
    speaks for, and is nothing a caller from outside can choose.
    """
    title = await _title(tx, task_id)
    comment_id = new_id("comment")
    mentions = await _mentions(tx, new.content)
    await store.add_comment(
        tx,
        {
            "id": comment_id,
            "task_id": task_id,
            "author_id": tx.actor.id,
            "author_name": tx.actor.name,
            "author_kind": tx.actor.kind,
            "agent_id": agent_id or await _seat(tx),
            "content": new.content,
            "mentions": list(mentions),
            "created_at": tx.now,
        },
    )
    await _recount(tx, task_id, 1)
    if tx.actor.kind != "system":
        await store.watch(tx, task_id, tx.actor.id)
    event = CommentAdded(comment_id=comment_id, title=title, excerpt=excerpt(new.content), mentions=mentions)
    tx.record(event, subject=task_id)
    return await get_comment(tx, comment_id)


async def edit_comment(tx: Tx, comment_id: str, edit: CommentEdit) -> Comment:
    """Let a comment say something else. Raises NoSuchThing, NotYours, StaleThing, Conflict if deleted."""
    comment = await _own(tx, comment_id)
    if comment.deleted:
        raise Conflict("This comment was deleted; restore it before you edit it.")
    if comment.content == edit.content:
        return comment
    if edit.version is not None and edit.version != comment.version:
        raise StaleThing(
            "This comment was edited meanwhile. Look at it again, then repeat your change.",
            theirs={"content": comment.content, "version": comment.version},
            yours={"content": edit.content, "version": edit.version},
        )
    mentions = await _mentions(tx, edit.content)
    values = {"content": edit.content, "mentions": list(mentions), "edited_at": tx.now}
    await store.change_comment(tx, comment_id, values)
    await texts.refresh_comments(tx, comment.task_id)
    fresh = tuple(name for name in mentions if name not in comment.mentions)
    return await _told(tx, comment, "edited", before=comment.content, mentions=fresh)


async def delete_comment(tx: Tx, comment_id: str) -> Comment:
    """Take a comment away; it can be restored, and twice is once. Raises NoSuchThing, NotYours."""
    comment = await _own(tx, comment_id)
    if comment.deleted:
        return comment
    await store.change_comment(tx, comment_id, {"deleted_at": tx.now})
    await _recount(tx, comment.task_id, -1)
    return await _told(tx, comment, "deleted")


async def restore_comment(tx: Tx, comment_id: str) -> Comment:
    """Bring a deleted comment back. Raises NoSuchThing, NotYours."""
    comment = await _own(tx, comment_id)
    if not comment.deleted:
        return comment
    await store.change_comment(tx, comment_id, {"deleted_at": None})
    await _recount(tx, comment.task_id, 1)
    return await _told(tx, comment, "restored")


async def _own(tx: Tx, comment_id: str) -> Comment:
    comment = await get_comment(tx, comment_id, lock=True)
    if not may_change(tx.actor, comment.author.id):
        raise NotYours(f"This comment is {comment.author.name}'s: only they or an admin may change it.")
    return comment


async def _recount(tx: Tx, task_id: str, by: int) -> None:
    await store.count_comment(tx, task_id, by)
    await texts.refresh_comments(tx, task_id)  # what the search finds


async def _told(
    tx: Tx, comment: Comment, what: str, *, before: str | None = None, mentions: tuple[str, ...] = ()
) -> Comment:
    title = await _title(tx, comment.task_id, deleted=True)
    event = CommentChanged(comment_id=comment.id, title=title, what=what, before=before, mentions=mentions)
    tx.record(event, subject=comment.task_id)
    return await get_comment(tx, comment.id)


async def _title(tx: Tx, task_id: str, *, deleted: bool = False) -> str:
    title = await store.task_title(tx, task_id, deleted=deleted)
    if title is None:
        raise NoSuchTask(f"There is no task {task_id} in this project.")
    return title


async def _seat(tx: Tx) -> str | None:
    if tx.actor.kind != "agent":
        return None
    slug = await identity.slug_of(tx, tx.actor.id)
    seat = await roster.agent_for_slug(tx, slug) if slug else None
    return seat.id if seat else None


async def _mentions(tx: Tx, content: str) -> tuple[str, ...]:
    """The ids of those a text mentions: roster agents and members of the project."""
    names = mentioned(content)
    return resolve(names, await _known(tx)) if names else ()


async def _known(tx: Tx) -> dict[str, str]:
    """Ids by name. The roster goes before members, whole names before first names."""
    agents, members = await roster.roster(tx), await identity.members(tx)
    seats: Iterable[tuple[str, list[str]]] = [(a.id, [a.id, *names_of(a.name)[1:]]) for a in agents]
    whole = [(m.id, [m.handle.casefold(), *names_of(m.name)[1:]]) for m in members]
    first = [(m.id, names_of(m.name)[:1]) for m in members]
    return directory(first) | directory(whole) | directory(seats)
