"""What is asked of comments."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from opsroom.board.revising import Version
from opsroom.kernel.shape import Shape

Content = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class NewComment(Shape):
    """A comment in Markdown. `@kenji` or `@alice` in it tells them."""

    content: Content


class CommentEdit(Shape):
    """What a comment shall say instead. `version` is the one the edit was made on."""

    content: Content
    version: Version | None = None
