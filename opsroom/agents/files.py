"""The agent file: everything about one agent, as people write it in `workspace/agents/<name>.json`.

Unknown keys are refused at every level, so a misspelt limit cannot silently be no limit. What needs
two fields to judge (a threshold above its ceiling, a channel without its address) is in `rules.py`,
which can look at a file whose other fields are wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    StrictBool,
    StrictInt,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from opsroom.kernel.shape import Shape, micro_to_usd

MAX_USD = 1_000_000
DEFAULT_MAX_MINUTES = 60.0
DEFAULT_MAX_COST_MICRO_USD = 5_000_000


def _no_control(text: str) -> str:
    bad = sorted({f"U+{ord(c):04X}" for c in text if ord(c) < 32 or ord(c) == 127})
    if bad:
        raise PydanticCustomError("control", "holds control characters ({bad})", {"bad": ", ".join(bad)})
    return text


def micro_usd_of(value: object) -> object:
    """Dollars as people write them (5, 5.00, "5.00") to whole micro-dollars, exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise PydanticCustomError("money", "should be an amount in US dollars, e.g. 5.00")
    try:
        amount = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation as error:
        raise PydanticCustomError("money", "should be an amount in US dollars, e.g. 5.00") from error
    # The range comes first: scaling 1e999999 would build the whole number.
    if not amount.is_finite() or not 0 < amount <= MAX_USD:
        raise PydanticCustomError("money", "should be more than 0 and at most 1,000,000 dollars")
    micro = amount * 1_000_000
    if micro != micro.to_integral_value():
        raise PydanticCustomError("money", "has more than six decimals; micro-dollars are the smallest step")
    return int(micro)


def _plain_json(value: object) -> object:
    """Options go to the skill's program as JSON, where exact decimals are ordinary numbers again."""
    if isinstance(value, Mapping):
        return {str(key): _plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_json(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def _minutes(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise PydanticCustomError("minutes", "should be a number of minutes")
    return float(value)


Usd = Annotated[
    int,
    BeforeValidator(micro_usd_of),
    PlainSerializer(micro_to_usd, return_type=str, when_used="json"),
    WithJsonSchema({"type": ["number", "string"], "exclusiveMinimum": 0, "maximum": MAX_USD}),
]
Minutes = Annotated[float, BeforeValidator(_minutes), Field(gt=0, le=10_080)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_no_control)]
AgentName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
Template = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_no_control)]
SlackChannel = Annotated[str, StringConstraints(pattern=r"^(#[^\s#@<>]{1,80}|[CGD][A-Z0-9]{6,30})$")]
# A file may name its own agent's ids and nothing else: no pattern here can reach a key or a token.
AgentIdEnv = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*_AGENT_ID$", max_length=80)]
EnvironmentIdEnv = Annotated[
    str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*_(ENV_ID|ENVIRONMENT_ID)$", max_length=80)
]


class Part(Shape):
    """A block of an agent file."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_alias=True, serialize_by_alias=True)


class AnthropicBlock(Part):
    """Which managed agent and environment to use; the ids themselves come from the environment."""

    agent_id_env: AgentIdEnv
    environment_id_env: EnvironmentIdEnv
    beta_headers: tuple[HeaderValue, ...] = ("managed-agents-2026-04-01",)
    additional_beta_headers_for_output_fetch: tuple[HeaderValue, ...] = ()


class AnthropicManagedEngine(Part):
    """Anthropic Managed Agents, with the ids of the `anthropic` block."""

    type: Literal["anthropic_managed"] = "anthropic_managed"


class SkillEngine(Part):
    """A skill folder (SKILL.md and program) run on this machine. Its limits may only be overridden here."""

    type: Literal["skill"] = "skill"
    skill: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    options: Annotated[Mapping[str, object], AfterValidator(_plain_json)] = Field(default_factory=dict)
    timeout_s: Annotated[StrictInt, Field(ge=1, le=86_400)] | None = None
    memory_mb: Annotated[StrictInt, Field(ge=16, le=65_536)] | None = None


class CommandEngine(Part):
    """Any program. `argv` is passed as it is: no shell, no placeholders."""

    type: Literal["command"] = "command"
    argv: Annotated[tuple[Annotated[str, StringConstraints(max_length=8_000)], ...], Field(min_length=1)]
    network: StrictBool = False
    timeout_s: Annotated[StrictInt, Field(ge=1, le=86_400)] = 600
    memory_mb: Annotated[StrictInt, Field(ge=16, le=65_536)] = 512


def _engine_by_name(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


Engine = Annotated[AnthropicManagedEngine | SkillEngine | CommandEngine, Discriminator("type")]
EngineField = Annotated[
    Engine, BeforeValidator(_engine_by_name, json_schema_input_type=Engine | Literal["anthropic_managed"])
]


class PayloadFields(Part):
    """Names of the fields that make up the payload. A run does not start without the required ones."""

    required_fields: tuple[FieldName, ...] = ()
    optional_fields: tuple[FieldName, ...] = ()


class PayloadSource(Part):
    """Where the payload of a run comes from."""

    type: Literal["clickup_task", "manual", "slack_command"] = "manual"
    clickup: PayloadFields | None = None
    manual: PayloadFields | None = None


class ClickUpWebhook(Part):
    enabled: StrictBool
    list_id: Text | None = None
    trigger_status: Text | None = None


class SlackCommand(Part):
    enabled: StrictBool


class Cron(Part):
    enabled: StrictBool


class ManualCli(Part):
    enabled: StrictBool


class BoardTrigger(Part):
    """Starts a run for a card that is given to this agent: when the board's settings say so, or when the
    card comes to the column whose key is `trigger_status`."""

    enabled: StrictBool
    trigger_status: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")] | None = None


class Triggers(Part):
    """What starts a run."""

    clickup_webhook: ClickUpWebhook = ClickUpWebhook(enabled=False)
    slack_command: SlackCommand = SlackCommand(enabled=False)
    cron: Cron = Cron(enabled=False)
    manual_cli: ManualCli = ManualCli(enabled=True)
    board: BoardTrigger = BoardTrigger(enabled=False)


class KickoffTemplate(Part):
    """The first message of a run."""

    prompt: Annotated[str, StringConstraints(min_length=1, max_length=200_000)]


class Limits(Part):
    """When a run is stopped, and when somebody is told. Amounts are micro-dollars inside."""

    max_session_duration_minutes: Minutes = DEFAULT_MAX_MINUTES
    max_cost_micro_usd: Usd = Field(default=DEFAULT_MAX_COST_MICRO_USD, alias="max_session_cost_usd")
    alert_cost_micro_usd: Usd | None = Field(default=None, alias="alert_if_cost_exceeds_usd")

    @property
    def alert_micro_usd(self) -> int:
        """The alert threshold; 60 % of the ceiling where the file gives none."""
        if self.alert_cost_micro_usd is not None:
            return self.alert_cost_micro_usd
        return self.max_cost_micro_usd * 60 // 100


class SlackDelivery(Part):
    enabled: StrictBool
    channel: SlackChannel | None = None
    title: Template = "🛰️ {agent_display_name}: run complete"
    post_summary: StrictBool = True
    post_links_to_outputs: StrictBool = True
    post_files: StrictBool = False


class ClickUpDelivery(Part):
    enabled: StrictBool
    update_task_status: Text | None = None
    post_comment: StrictBool = True
    attach_output_files: StrictBool = True


class DriveDelivery(Part):
    enabled: StrictBool
    folder_template: Template | None = None
    file_name_template: Template | None = None
    root_folder_id: Text | None = None


class FolderDelivery(Part):
    """Copies into a folder of the machine, below the delivery root: needs no account."""

    enabled: StrictBool
    path_template: Template = "{agent_name}/{client_id}/{run_id}"


class Delivery(Part):
    """Where outputs go. A channel that is not named is off."""

    slack: SlackDelivery = SlackDelivery(enabled=False)
    clickup: ClickUpDelivery = ClickUpDelivery(enabled=False)
    google_drive: DriveDelivery = DriveDelivery(enabled=False)
    folder: FolderDelivery = FolderDelivery(enabled=False)


ApprovalPolicy = Literal["allow", "ask", "deny"]


class Approvals(Part):
    """What happens when the agent wants to use a tool that needs a confirmation."""

    expires_after_hours: Annotated[StrictInt, Field(ge=1, le=8_760)] = 72
    default: ApprovalPolicy = "ask"
    tools: Mapping[str, ApprovalPolicy] = Field(default_factory=dict)

    def policy_for(self, tool_name: str) -> ApprovalPolicy:
        """Allow, ask or deny for this tool."""
        return self.tools.get(tool_name, self.default)


class Alerts(Part):
    """Who is told when a run fails, and what becomes of the task."""

    on_failure_channel: SlackChannel | None = None
    tag_on_failure: tuple[Text, ...] = ()
    blocked_status: Text | None = "Blocked"


class AgentFile(Part):
    """One agent. The file name is `<agent_name>.json`."""

    agent_name: AgentName
    display_name: Text
    description: Annotated[str, StringConstraints(max_length=2_000)] = ""
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]{1,40})?$")]
    engine_as_written: EngineField | None = Field(default=None, alias="engine")
    anthropic: AnthropicBlock | None = None
    payload_source: PayloadSource = PayloadSource()
    triggers: Triggers = Triggers()
    kickoff_template: KickoffTemplate = KickoffTemplate(prompt="{payload_json}")
    limits: Limits = Limits()
    delivery: Delivery = Delivery()
    approvals: Approvals = Approvals()
    alerts: Alerts = Alerts()

    @property
    def engine(self) -> AnthropicManagedEngine | SkillEngine | CommandEngine:
        """The engine; an `anthropic` block alone implies Anthropic Managed Agents."""
        return self.engine_as_written or AnthropicManagedEngine()

    @property
    def payload_fields(self) -> PayloadFields:
        """The fields of the payload source in use."""
        chosen = (
            self.payload_source.clickup
            if self.payload_source.type == "clickup_task"
            else self.payload_source.manual
        )
        return chosen or PayloadFields()

    @property
    def required_fields(self) -> tuple[str, ...]:
        return self.payload_fields.required_fields

    @property
    def optional_fields(self) -> tuple[str, ...]:
        return self.payload_fields.optional_fields

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the enabled delivery channels, those whose links others quote first."""
        order = ("google_drive", "folder", "clickup", "slack")
        return tuple(name for name in order if getattr(self.delivery, name).enabled)

    @property
    def enabled_triggers(self) -> tuple[str, ...]:
        order = ("clickup_webhook", "slack_command", "cron", "manual_cli", "board")
        return tuple(name for name in order if getattr(self.triggers, name).enabled)
