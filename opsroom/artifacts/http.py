"""HTTP of the artifacts room."""

from __future__ import annotations

from typing import Annotated

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from pydantic import Field

from opsroom.artifacts import api
from opsroom.artifacts.blobs import ArtifactStore
from opsroom.artifacts.serving import ContentParts, PreviewParts
from opsroom.artifacts.shapes import Artifact, SignedLink
from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Shape


class MakeLink(Shape):
    """For how long the link shall work; the installation's default when not said."""

    expires_s: Annotated[int, Field(ge=1, le=7 * 86_400)] | None = None


def routes(house: House) -> list[HTTPRouteHandler]:
    """/api/artifacts/… and the signed links at /files/…"""

    async def found(actor: Actor, artifact_id: str) -> Artifact:
        async with house.unit_of_work.reading(actor) as tx:
            return await api.get(tx, artifact_id)

    @get("/api/artifacts/{artifact_id:str}", opt={"verb": "artifacts:read"}, tags=["artifacts"])
    async def show_artifact(actor: Actor, artifact_id: str) -> Answer[Artifact]:
        """What is known of one file."""
        return Answer(data=await found(actor, artifact_id))

    @get("/api/artifacts/{artifact_id:str}/content", opt={"verb": "artifacts:read"}, tags=["artifacts"])
    async def download_artifact(
        request: Request[object, object, State], actor: Actor, artifact_id: str
    ) -> Stream:
        """The file itself, always as a download; one byte range is honoured."""
        artifact = await found(actor, artifact_id)
        return as_stream(await _content(house, request, artifact))

    @get("/api/artifacts/{artifact_id:str}/preview", opt={"verb": "artifacts:read"}, tags=["artifacts"])
    async def preview_artifact(actor: Actor, artifact_id: str) -> Response[bytes]:
        """A page to look at, for a sandboxed frame."""
        artifact = await found(actor, artifact_id)
        return as_page(await api.preview_response_parts(house.need(ArtifactStore), artifact))

    @post(
        "/api/artifacts/{artifact_id:str}/link",
        status_code=200,
        opt={"verb": "artifacts:read"},
        tags=["artifacts"],
    )
    async def link_artifact(actor: Actor, artifact_id: str, data: MakeLink) -> Answer[SignedLink]:
        """An address that works without signing in until it expires."""
        artifact = await found(actor, artifact_id)
        return Answer(data=await api.signed_link(house, actor, artifact, expires_s=data.expires_s))

    @get("/files/{token:str}", opt={"public": True}, tags=["artifacts"])
    async def open_signed_link(request: Request[object, object, State], token: str) -> Stream:
        """The file a signed link stands for."""
        grant = api.open_link(house, token, house.database.now())
        artifact = await found(house.system_actor(grant.scope), grant.artifact_id)
        return as_stream(await _content(house, request, artifact))

    return [show_artifact, download_artifact, preview_artifact, link_artifact, open_signed_link]


async def _content(house: House, request: Request[object, object, State], artifact: Artifact) -> ContentParts:
    asked = request.headers.get("range")
    # A range of another version of the file would be glued to the wrong bytes.
    if request.headers.get("if-range") not in (None, f'"{artifact.sha256}"'):
        asked = None
    return await api.content_response_parts(house.need(ArtifactStore), artifact, asked)


def as_stream(parts: ContentParts) -> Stream:
    """The answer for a file's bytes."""
    return Stream(
        parts.body, status_code=parts.status, headers=parts.headers, media_type=parts.headers["Content-Type"]
    )


def as_page(parts: PreviewParts) -> Response[bytes]:
    """The answer for a preview."""
    return Response(parts.body, headers=parts.headers, media_type=parts.headers["Content-Type"])
