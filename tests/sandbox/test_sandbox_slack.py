"""Slack through slack_sdk, synchronous and asynchronous."""

import asyncio

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from opsroom.sandbox.api import Fault, Sandbox


@pytest.fixture
def slack(sandbox: Sandbox) -> AsyncWebClient:
    sandbox.slack.add_channel("#seo-automation")
    sandbox.slack.add_channel("elsewhere", is_member=False)
    sandbox.slack.add_channel("old", is_archived=True)
    sandbox.slack.add_user("trung", "Trung Nguyen", "trung@example.com")
    return AsyncWebClient(token="xoxb-test", base_url=sandbox.urls.slack)


HEADER = {"type": "header", "text": {"type": "plain_text", "text": "SEO Sentinel audit complete"}}


async def test_post_read_back_and_change(sandbox: Sandbox, slack: AsyncWebClient):
    assert (await slack.auth_test())["team"] == "Sandbox"
    metadata = {"event_type": "opsroom_delivery", "event_payload": {"delivery": "dlv_1"}}
    posted = await slack.chat_postMessage(
        channel="#seo-automation", text="done", blocks=[HEADER], metadata=metadata
    )
    again = await slack.chat_postMessage(channel=posted["channel"], text="second")
    assert posted["ts"] < again["ts"]
    history = await slack.conversations_history(channel=posted["channel"], include_all_metadata=True)
    assert [m["ts"] for m in history["messages"]] == [again["ts"], posted["ts"]]
    assert history["messages"][1]["metadata"] == metadata
    plain = await slack.conversations_history(channel=posted["channel"])
    assert "metadata" not in plain["messages"][1]
    await slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="changed")
    assert sandbox.slack.in_channel("#seo-automation")[0].text == "changed"
    reply = await slack.chat_postMessage(channel="seo-automation", text="in thread", thread_ts=posted["ts"])
    replies = await slack.conversations_replies(channel=posted["channel"], ts=posted["ts"])
    assert [m["ts"] for m in replies["messages"]] == [posted["ts"], reply["ts"]]


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"channel": "#nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": "#elsewhere", "text": "x"}, "not_in_channel"),
        ({"channel": "#old", "text": "x"}, "is_archived"),
        ({"channel": "#seo-automation", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "#seo-automation", "blocks": [{"type": "nonsense"}], "text": "x"}, "invalid_blocks"),
        ({"channel": "#seo-automation", "blocks": [HEADER] * 51, "text": "x"}, "invalid_blocks"),
        (
            {
                "channel": "#seo-automation",
                "text": "x",
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "y" * 3001}}],
            },
            "invalid_blocks",
        ),
        (
            {"channel": "#seo-automation", "text": "x", "metadata": {"event_type": 1}},
            "invalid_metadata_schema",
        ),
    ],
)
async def test_refusals_are_200_with_ok_false(sandbox: Sandbox, slack, members: dict, error: str):
    with pytest.raises(SlackApiError) as caught:
        await slack.chat_postMessage(**members)
    assert caught.value.response["error"] == error
    assert caught.value.response.status_code == 200
    assert not sandbox.slack.messages


async def test_a_message_needs_text_or_blocks(slack: AsyncWebClient):
    with pytest.raises(SlackApiError) as caught:
        await slack.api_call("chat.postMessage", json={"channel": "#seo-automation", "text": ""})
    assert caught.value.response["error"] == "no_text"


async def test_upload_in_three_steps(sandbox: Sandbox, slack: AsyncWebClient):
    channel = sandbox.slack.find_channel("seo-automation")
    assert channel is not None
    client = WebClient(token="xoxb-test", base_url=sandbox.urls.slack)
    files = [
        {"content": "# Report\n", "filename": "report.md", "title": "Report"},
        {"content": b"\x00\x01" * 5000, "filename": "data.bin"},
    ]
    done = await asyncio.to_thread(
        client.files_upload_v2, channel=channel.id, file_uploads=files, initial_comment="Here"
    )
    assert [f["title"] for f in done["files"]] == ["Report", "data.bin"]
    [message] = sandbox.slack.messages
    assert message.text == "Here"
    stored = sandbox.slack.files[message.files[1]]
    assert stored.blob is not None
    assert sandbox.blobs.read(stored.blob) == b"\x00\x01" * 5000
    with pytest.raises(SlackApiError) as caught:
        await slack.files_upload_v2(channel="seo-automation", content="x", filename="x.txt")
    assert caught.value.response["error"] == "channel_not_found"


async def test_people_and_channels(sandbox: Sandbox, slack: AsyncWebClient):
    found = await slack.users_lookupByEmail(email="trung@example.com")
    assert found["user"]["name"] == "trung"
    with pytest.raises(SlackApiError):
        await slack.users_lookupByEmail(email="nobody@example.com")
    opened = await slack.conversations_open(users=found["user"]["id"])
    await slack.chat_postMessage(channel=opened["channel"]["id"], text="hi")
    names, cursor = [], ""
    while True:
        page = await slack.conversations_list(limit=2, cursor=cursor, exclude_archived=True)
        names += [c["name"] for c in page["channels"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert names == ["seo-automation", "elsewhere"]
    with pytest.raises(SlackApiError):
        await AsyncWebClient(token="xoxb-invalid", base_url=sandbox.urls.slack).auth_test()


async def test_rate_limit(sandbox: Sandbox, slack: AsyncWebClient):
    sandbox.faults.arm(Fault("POST /slack/api/chat.postMessage", status=429, retry_after="3"))
    with pytest.raises(SlackApiError) as caught:
        await slack.chat_postMessage(channel="#seo-automation", text="x")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "3")
    await slack.chat_postMessage(channel="#seo-automation", text="x")
    assert len(sandbox.slack.messages) == 1
