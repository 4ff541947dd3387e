"""HTTP of the identity room: sessions, people, agents and apps, keys, projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Request, delete, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.response import Response

from opsroom.identity import api
from opsroom.identity.shapes import (
    PLAIN_COOKIE,
    SECURE_COOKIE,
    AddedPerson,
    AgentOrApp,
    Authenticated,
    Credentials,
    Ended,
    IdentitySettings,
    IssuedKey,
    Key,
    Me,
    MeAnswer,
    Move,
    NewActor,
    NewKey,
    NewOwnPassword,
    NewPerson,
    NewProject,
    Person,
    PersonAtDoor,
    PersonChange,
    Project,
    ProjectChange,
    SessionAnswer,
    SignedIn,
)
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Forbidden
from opsroom.kernel.room import House
from opsroom.kernel.shape import Answer, Meta

Limit = Annotated[int, Parameter(ge=1, le=200)]
Offset = Annotated[int, Parameter(ge=0, le=1_000_000)]
AnyRequest = Request[Any, Any, Any]


def routes(house: House) -> Sequence[HTTPRouteHandler]:
    """All handlers of the room."""
    return [*_session_routes(house), *_people_routes(house), *_program_routes(house), *_project_routes(house)]


def _is_secure(request: AnyRequest) -> bool:
    return request.scope["scheme"] == "https"


def _session_response(request: AnyRequest, signed_in: SignedIn) -> Response[Answer[SessionAnswer]]:
    actor = signed_in.actor
    person = PersonAtDoor(id=actor.id, name=actor.name, email=actor.email, role=actor.role)
    answer = Answer(data=SessionAnswer(person=person, csrf_token=signed_in.session.csrf_token))
    response = Response(answer, status_code=200)
    response.set_cookie(
        SECURE_COOKIE if _is_secure(request) else PLAIN_COOKIE,
        signed_in.cookie,
        path="/",
        httponly=True,
        secure=_is_secure(request),
        samesite="lax",
        max_age=signed_in.cookie_max_age_s,
    )
    return response


def _session_routes(house: House) -> list[HTTPRouteHandler]:
    @post("/api/session", status_code=200, opt={"public": True, "rate": "sign_in"}, tags=["session"])
    async def begin_session(
        data: Credentials, request: AnyRequest, address: str
    ) -> Response[Answer[SessionAnswer]]:
        """Sign in. Sets the session cookie; the answer's csrf_token goes with every unsafe request."""
        signed_in = await api.sign_in(house, email=data.email, password=data.password, address=address)
        return _session_response(request, signed_in)

    @patch("/api/session", opt={"verb": "me:write"}, tags=["session"])
    async def enter_project(
        data: Move, request: AnyRequest, who: Authenticated
    ) -> Response[Answer[SessionAnswer]]:
        """Go on in another project. The session gets a new id."""
        cookie = request.cookies.get(SECURE_COOKIE if _is_secure(request) else PLAIN_COOKIE, "")
        return _session_response(request, await api.enter_project(house, who, cookie, data.project_id))

    @delete("/api/session", status_code=200, opt={"verb": "me:write"}, tags=["session"])
    async def end_session(request: AnyRequest, who: Authenticated) -> Response[Answer[Ended]]:
        """Sign out."""
        await api.sign_out(house, who)
        response = Response(Answer(data=Ended()), status_code=200)
        response.delete_cookie(SECURE_COOKIE if _is_secure(request) else PLAIN_COOKIE, path="/")
        return response

    @get("/api/me", opt={"verb": "me:read"}, tags=["session"])
    async def me(actor: Actor, who: Authenticated) -> Answer[MeAnswer]:
        """Who is asking, where they stand, and where else they may go."""
        async with house.unit_of_work.reading(actor) as tx:
            place = await api.whoami(tx)
        return Answer(
            data=MeAnswer(
                actor=Me(id=actor.id, kind=actor.kind, name=actor.name, role=actor.role, email=actor.email),
                organization=place.organization,
                instance=place.instance,
                project_id=actor.scope.project_id,
                projects=place.projects,
                csrf_token=who.session.csrf_token if who.session else None,
            )
        )

    @post("/api/me/password", status_code=200, opt={"verb": "me:write", "rate": "sign_in"}, tags=["session"])
    async def change_own_password(data: NewOwnPassword, who: Authenticated, address: str) -> Answer[Ended]:
        """Change one's own password. Every other session of the account ends."""
        actor = who.actor
        if who.session is None or actor.email is None:
            raise Forbidden("Only a person who is signed in changes their password.")
        await api.check_password(house, email=actor.email, password=data.current_password, address=address)
        hashed = await api.hash_password(house, data.new_password, email=actor.email, path="new_password")
        async with house.unit_of_work(actor) as tx:
            await api.change_password(tx, actor.id, password_hash=hashed, keep_session=who.session.id)
        return Answer(data=Ended())

    return [begin_session, enter_project, end_session, me, change_own_password]


def _people_routes(house: House) -> list[HTTPRouteHandler]:
    @get("/api/people", opt={"verb": "people:read"}, tags=["people"])
    async def list_people(actor: Actor, limit: Limit = 50, offset: Offset = 0) -> Answer[list[Person]]:
        """Those who may work in this instance."""
        async with house.unit_of_work.reading(actor) as tx:
            people, total = await api.list_people(tx, limit=limit, offset=offset)
        return Answer(data=people, meta=Meta(total=total, limit=limit, offset=offset))

    @post("/api/people", opt={"verb": "people:admin"}, tags=["people"])
    async def create_person(actor: Actor, data: NewPerson) -> Answer[AddedPerson]:
        """Give somebody an account. The answer holds the password, once."""
        password = data.password or api.new_password()
        hashed = await api.hash_password(house, password, email=data.email)
        async with house.unit_of_work(actor) as tx:
            person = await api.create_person(tx, data, password_hash=hashed)
        return Answer(data=AddedPerson(person=person, password=password))

    @patch("/api/people/{person_id:str}", opt={"verb": "people:admin"}, tags=["people"])
    async def change_person(actor: Actor, person_id: str, data: PersonChange) -> Answer[Person]:
        """Change name, role or access of an account."""
        async with house.unit_of_work(actor) as tx:
            person = await api.change_person(tx, person_id, data)
        api.forget_credentials(house)
        return Answer(data=person)

    @post(
        "/api/people/{person_id:str}/reset-password",
        status_code=200,
        opt={"verb": "people:admin"},
        tags=["people"],
    )
    async def reset_password(actor: Actor, person_id: str) -> Answer[AddedPerson]:
        """Make a new password for an account and end its sessions. The answer holds it, once."""
        password = api.new_password()
        hashed = await api.hash_password(house, password, email="")
        async with house.unit_of_work(actor) as tx:
            person = await api.change_password(tx, person_id, password_hash=hashed)
        api.forget_credentials(house)
        return Answer(data=AddedPerson(person=person, password=password))

    return [list_people, create_person, change_person, reset_password]


def _program_routes(house: House) -> list[HTTPRouteHandler]:
    settings = house.settings.section(IdentitySettings)

    @get("/api/actors", opt={"verb": "actors:read"}, tags=["actors"])
    async def list_actors(actor: Actor, limit: Limit = 50, offset: Offset = 0) -> Answer[list[AgentOrApp]]:
        """Agents and apps of this project."""
        async with house.unit_of_work.reading(actor) as tx:
            programs, total = await api.list_actors(tx, limit=limit, offset=offset)
        return Answer(data=programs, meta=Meta(total=total, limit=limit, offset=offset))

    @post("/api/actors", opt={"verb": "actors:admin"}, tags=["actors"])
    async def create_actor(actor: Actor, data: NewActor) -> Answer[AgentOrApp]:
        """Let an agent or an app act in this project under its own name."""
        async with house.unit_of_work(actor) as tx:
            return Answer(data=await api.create_actor(tx, data))

    @get("/api/keys", opt={"verb": "keys:read"}, tags=["keys"])
    async def list_keys(actor: Actor, limit: Limit = 50, offset: Offset = 0) -> Answer[list[Key]]:
        """API keys of this project for an admin, one's own for everybody else."""
        async with house.unit_of_work.reading(actor) as tx:
            keys, total = await api.list_keys(tx, limit=limit, offset=offset)
        return Answer(data=keys, meta=Meta(total=total, limit=limit, offset=offset))

    @post("/api/keys", opt={"verb": "keys:write"}, tags=["keys"])
    async def issue_key(actor: Actor, data: NewKey) -> Answer[IssuedKey]:
        """Issue an API key. The answer holds its secret, once."""
        async with house.unit_of_work(actor) as tx:
            return Answer(data=await api.issue_key(tx, data, settings))

    @delete("/api/keys/{key_id:str}", status_code=200, opt={"verb": "keys:write"}, tags=["keys"])
    async def revoke_key(actor: Actor, key_id: str) -> Answer[Key]:
        """Revoke an API key, at once."""
        async with house.unit_of_work(actor) as tx:
            key = await api.revoke_key(tx, key_id)
        api.forget_credentials(house)
        return Answer(data=key)

    return [list_actors, create_actor, list_keys, issue_key, revoke_key]


def _project_routes(house: House) -> list[HTTPRouteHandler]:
    @get("/api/projects", opt={"verb": "projects:read"}, tags=["projects"])
    async def list_projects(actor: Actor) -> Answer[list[Project]]:
        """Projects the actor may enter."""
        async with house.unit_of_work.reading(actor) as tx:
            projects = await api.list_projects(tx)
        return Answer(data=projects, meta=Meta(total=len(projects), limit=len(projects), offset=0))

    @post("/api/projects", opt={"verb": "projects:admin"}, tags=["projects"])
    async def add_project(actor: Actor, data: NewProject) -> Answer[Project]:
        """Add a project to this instance."""
        async with house.unit_of_work(actor) as tx:
            return Answer(data=await api.add_project(tx, data))

    @patch("/api/project", opt={"verb": "projects:admin"}, tags=["projects"])
    async def rename_project(actor: Actor, data: ProjectChange) -> Answer[Project]:
        """Give the project one stands in another name."""
        async with house.unit_of_work(actor) as tx:
            return Answer(data=await api.rename_project(tx, data))

    return [list_projects, add_project, rename_project]
