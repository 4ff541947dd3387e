"""Start and stop a sandbox; reach into the state of its stand-ins.

`sandbox.anthropic`, `.clickup`, `.slack`, `.discord`, `.drive` and `.github` are the live state:
tests read and change it directly.
From another process the same is done over HTTP under `/_control` (README.md).
"""

import socket
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from opsroom.sandbox.blobs import BlobStore
from opsroom.sandbox.clickup.http import ClickUpHttp, RateLimit
from opsroom.sandbox.clickup.state import ClickUp
from opsroom.sandbox.clickup.webhooks import Webhooks
from opsroom.sandbox.control import ControlHttp
from opsroom.sandbox.discord.http import DiscordHttp
from opsroom.sandbox.discord.state import Discord, DiscordWebhook
from opsroom.sandbox.drive.http import DriveHttp
from opsroom.sandbox.drive.state import Drive
from opsroom.sandbox.drive.token import TokenHttp
from opsroom.sandbox.drive.uploads import UploadsHttp
from opsroom.sandbox.faults import Fault, FaultBoard
from opsroom.sandbox.github.git_http import GitHttp
from opsroom.sandbox.github.http import GitHubHttp, github_gate
from opsroom.sandbox.github.state import GitHub
from opsroom.sandbox.ledger import Effect, Ledger, ReceivedRequest
from opsroom.sandbox.managed_agents.events_http import EventsHttp
from opsroom.sandbox.managed_agents.files_http import FilesHttp
from opsroom.sandbox.managed_agents.scenario import Scenario, ScenarioShelf, read_scenario, scenario_from
from opsroom.sandbox.managed_agents.sessions_http import KnownIds, SessionsHttp
from opsroom.sandbox.managed_agents.state import ManagedAgents
from opsroom.sandbox.outgoing import Outgoing, send_standard_webhook
from opsroom.sandbox.page.http import PageHttp
from opsroom.sandbox.server import anthropic_gate, build_middleware, clickup_gate
from opsroom.sandbox.slack.http import SlackHttp
from opsroom.sandbox.slack.state import Slack
from opsroom.sandbox.state_file import StateFile
from opsroom.sandbox.wire import JsonObject

__all__ = [
    "Effect",
    "Fault",
    "KnownIds",
    "ReceivedRequest",
    "Sandbox",
    "SandboxConfig",
    "SandboxUrls",
    "Scenario",
    "read_scenario",
    "scenario_from",
    "start_sandbox",
]


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    host: str = "127.0.0.1"
    port: int = 0  # 0: any free port
    state_file: Path | None = (
        None  # keeps everything across restarts; uploaded bytes go into a folder beside it
    )
    known_ids: KnownIds = field(default_factory=KnownIds)
    default_scenario: str = "audit-success"
    scenario_folder: Path | None = None  # more scenarios, besides the shipped ones
    files_lag_s: float = 0.05  # how long a file listing lags behind the idle
    files_lag_step_s: float = 0.0  # and how much longer for each further file
    ping_s: float = 15.0  # heartbeat of event streams
    anthropic_webhook_url: str = ""
    anthropic_webhook_secret: str = "whsec_c2FuZGJveC1zZWNyZXQtb2YtMjQtYnl0ZXMh"  # noqa: S105 - known on purpose
    clickup_rate_limit: int = 100
    clickup_rate_limit_enforced: bool = False
    clickup_webhook_backoff_s: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4)
    clickup_webhook_timeout_s: float = 7.0
    drive_account_has_storage: bool = True
    github_any_repo: bool = False  # a repository that is asked for is there, empty


@dataclass(frozen=True, slots=True)
class SandboxUrls:
    base: str

    @property
    def anthropic(self) -> str:
        return f"{self.base}/anthropic"

    @property
    def clickup(self) -> str:
        """Without the /v2, as OPSROOM_CLICKUP_URL wants it."""
        return f"{self.base}/clickup/api"

    @property
    def slack(self) -> str:
        return f"{self.base}/slack/api/"

    def discord(self, webhook: DiscordWebhook) -> str:
        """The address of a webhook, as DISCORD_WEBHOOK_URL wants it."""
        return f"{self.base}/discord/api/webhooks/{webhook.id}/{webhook.token}"

    @property
    def github(self) -> str:
        """As OPSROOM_GITHUB_URL wants it."""
        return f"{self.base}/github"

    @property
    def google(self) -> str:
        """The rootUrl of a discovery document."""
        return f"{self.base}/google/"

    @property
    def google_token(self) -> str:
        return f"{self.base}/google/token"

    @property
    def control(self) -> str:
        return f"{self.base}/_control"

    @property
    def page(self) -> str:
        return f"{self.base}/"


class Sandbox:
    """All stand-ins on one port. Made by `start_sandbox`."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.ledger = Ledger()
        self.faults = FaultBoard()
        self.outgoing = Outgoing()
        state_file = config.state_file
        self.blobs = BlobStore(state_file.with_suffix(".blobs") if state_file else None)
        self.scenarios = ScenarioShelf(config.default_scenario)
        for path in sorted(config.scenario_folder.glob("*.json*")) if config.scenario_folder else []:
            self.scenarios.add(read_scenario(path))
        self.anthropic = ManagedAgents(
            self.ledger.effect, self._tell_us, config.files_lag_s, config.files_lag_step_s
        )
        webhooks = Webhooks(self.outgoing, config.clickup_webhook_backoff_s, config.clickup_webhook_timeout_s)
        self.clickup = ClickUp(self.ledger.effect, webhooks)
        self.slack = Slack(self.ledger.effect)
        self.discord = Discord(self.ledger.effect)
        self.drive = Drive(self.ledger.effect, config.drive_account_has_storage)
        self.github = GitHub(self.ledger.effect, any_repo=config.github_any_repo)
        self.google_tokens = TokenHttp("")
        self.anthropic_webhook_url = config.anthropic_webhook_url
        self.urls = SandboxUrls("")
        self._runner: web.AppRunner | None = None
        self._state_file = StateFile(state_file, self) if state_file else None
        self._sessions_http = SessionsHttp(self.anthropic, config.known_ids, self.scenarios, self.blobs)

    def _tell_us(self, envelope: JsonObject) -> None:
        """A webhook of Anthropic to the product."""
        if self.anthropic_webhook_url:
            secret = self.config.anthropic_webhook_secret
            self.outgoing.start(
                send_standard_webhook(self.outgoing, self.anthropic_webhook_url, secret, envelope)
            )

    async def start(self) -> None:
        if self._state_file:
            self._state_file.load()
        # The port must be known before the routes are made, since replies carry absolute addresses.
        six = ":" in self.config.host
        family = socket.AF_INET6 if six else socket.AF_INET
        listening = socket.create_server((self.config.host, self.config.port), family=family)
        host = f"[{self.config.host}]" if six else self.config.host
        self.urls = SandboxUrls(f"http://{host}:{listening.getsockname()[1]}")
        self.google_tokens.base = self.urls.base
        self._runner = web.AppRunner(
            self._application(), access_log=None, handle_signals=False, shutdown_timeout=0.5
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listening, backlog=1024).start()
        self._resume()
        if self._state_file:
            self._state_file.start()

    def _application(self) -> web.Application:
        base = self.urls.base
        limit = RateLimit(self.config.clickup_rate_limit, self.config.clickup_rate_limit_enforced)
        gates = {
            "anthropic": anthropic_gate,
            "clickup": clickup_gate(limit.headers),
            "github": github_gate(self.github),
        }
        app = web.Application(
            middlewares=[build_middleware(self.ledger, self.faults, gates)], client_max_size=2**40
        )
        drive_http = DriveHttp(self.drive, self.blobs, base)
        for part in (
            self._sessions_http,
            EventsHttp(self.anthropic, self._sessions_http, self.config.ping_s),
            FilesHttp(self.anthropic, self.blobs),
            ClickUpHttp(self.clickup, self.blobs, base),
            SlackHttp(self.slack, self.blobs, base),
            DiscordHttp(self.discord),
            drive_http,
            UploadsHttp(self.drive, drive_http, self.blobs),
            self.google_tokens,
            GitHubHttp(self.github, base),
            GitHttp(self.github, base),
            ControlHttp(self),
            PageHttp(self),
        ):
            app.add_routes(part.routes())
        return app

    def _resume(self) -> None:
        """Sessions that ran when the sandbox was stopped go on where their scenario stood."""
        for session in self.anthropic.sessions.values():
            if session.status == "running" or (session.pending and session.status == "idle"):
                session.status = "running"
                self._sessions_http.start(session).ensure_running()

    def reset(self) -> None:
        """Forget everything: sessions, messages, tasks, files, faults and the ledgers."""
        self.anthropic.stop_players()
        self.anthropic.sessions.clear()
        self.anthropic.files.clear()
        self.clickup.lists.clear()
        self.clickup.tasks.clear()
        self.clickup.webhooks.registered.clear()
        self.clickup.webhooks.attempts.clear()
        self.slack.channels.clear()
        self.slack.users.clear()
        self.slack.messages.clear()
        self.slack.files.clear()
        self.discord.webhooks.clear()
        self.discord.messages.clear()
        for file_id in [f.id for f in self.drive.files.values() if f.parents]:
            del self.drive.files[file_id]
        self.drive.uploads.clear()
        self.github.repos.clear()
        self.faults.disarm()
        self.ledger.clear()

    async def stop(self) -> None:
        if self._state_file:
            await self._state_file.stop()
        self.anthropic.stop_players()
        await self.clickup.webhooks.close()
        await self.outgoing.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.blobs.close()


async def start_sandbox(config: SandboxConfig | None = None) -> Sandbox:
    """A sandbox that serves. Raises OSError when the port is taken."""
    sandbox = Sandbox(config or SandboxConfig())
    await sandbox.start()
    return sandbox
