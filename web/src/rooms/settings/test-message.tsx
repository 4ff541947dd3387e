// A test message on each channel: what became of it, beside the button that sent it.
import { useState } from "preact/hooks";
import { type Channel, type ChannelTested, planningApi } from "../../api/planning";
import { explain } from "../../live/pending";
import { Icon, type IconName } from "../../ui/icon";

interface Known {
  id: Channel;
  name: string;
  icon: IconName;
}

const OUTCOMES = {
  delivered: { tone: "tone-good", says: "Delivered" },
  failed: { tone: "tone-bad", says: "Not delivered" },
  unknown: { tone: "tone-wait", says: "Perhaps delivered" },
} as const;

function Outcome({ tested }: { tested: ChannelTested }) {
  const { tone, says } = OUTCOMES[tested.outcome];
  return (
    <>
      <span class={`mini ${tone}`}>{says}</span>
      {tested.address && <span class="mono faint">to {tested.address}</span>}
      {tested.reason && <p class="pre">{tested.reason}</p>}
      {tested.advice && <p>{tested.advice}</p>}
    </>
  );
}

function One({ channel, unsaved }: { channel: Known; unsaved: boolean }) {
  const [busy, setBusy] = useState(false);
  const [tested, setTested] = useState<ChannelTested | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const send = () => {
    setBusy(true);
    setTested(null);
    setRefused(null);
    planningApi
      .testChannel(channel.id)
      .then(
        ({ data }) => setTested(data),
        (error) => setRefused(explain(error)),
      )
      .finally(() => setBusy(false));
  };
  return (
    <li class="prefs-test">
      <span class="paces-head">
        <Icon name={channel.icon} size={14} />
        {channel.name}
      </span>
      <button type="button" class="btn btn-s" disabled={busy || unsaved} onClick={send}>
        {busy ? "Sending…" : "Send a test"}
        <span class="sr-only"> by {channel.name}</span>
      </button>
      <div class="prefs-test-said" role="status">
        {tested && <Outcome tested={tested} />}
        {refused && <p class="pre">{refused}</p>}
      </div>
    </li>
  );
}

export function TestMessages({ channels, unsaved }: { channels: Known[]; unsaved: boolean }) {
  return (
    <fieldset class="entry-part prefs-part">
      <legend>Try it</legend>
      <p class="faint">
        {unsaved
          ? "Save first: a test message goes to where what is saved says."
          : "Sends you one message now, whatever you chose above, and says what became of it."}
      </p>
      <ul class="prefs-tests">
        {channels.map((each) => (
          <One key={each.id} channel={each} unsaved={unsaved} />
        ))}
      </ul>
    </fieldset>
  );
}
