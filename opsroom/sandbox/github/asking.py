"""Reading a request to GitHub: the repository it names, its body, its pages."""

from aiohttp import web

from opsroom.sandbox.github.shapes import refuse
from opsroom.sandbox.github.state import GitHub, Repo
from opsroom.sandbox.wire import JsonObject, parse_object, seconds_of


def asked_repo(host: GitHub, request: web.Request) -> Repo:
    """The repository of the address. Raises 404: one cannot see what one has no access to."""
    owner, name = request.match_info["owner"], request.match_info["repo"]
    repo = host.find(owner, name)
    if repo is None and host.any_repo:
        return host.add_repo(owner, name)
    if repo is None:
        raise refuse(404, "Not Found")
    return repo


async def asked_json(request: web.Request) -> JsonObject:
    """The body, also of a DELETE. Raises 400 for what is no JSON object."""
    body = parse_object(await request.read())
    if body is None:
        raise refuse(400, "Problems parsing JSON")
    return body


def needed(body: JsonObject, name: str) -> object:
    """A member that must be there."""
    if body.get(name) is None:
        raise refuse(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
    return body[name]


def page_of(request: web.Request) -> tuple[int, int]:
    """(first, one past the last) of the page asked for."""
    try:
        size = min(max(int(request.query.get("per_page", "30")), 1), 100)
        page = max(int(request.query.get("page", "1")), 1)
    except ValueError:
        size, page = 30, 1
    return (page - 1) * size, page * size


def when(text: str) -> float | None:
    """Unix seconds of a time a client gave."""
    return seconds_of(text.replace("Z", "+00:00"))
