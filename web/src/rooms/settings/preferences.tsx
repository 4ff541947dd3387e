// What one hears of, on which channel and how soon; when nothing is sent; where one is reached.
import "../../styles/lists.css";
import "../../styles/preferences.css";
import { useEffect, useState } from "preact/hooks";
import {
  type Channel,
  type Pace,
  type Preferences,
  type PreferencesInForce,
  planningApi,
} from "../../api/planning";
import { remember } from "../../commands";
import { explain } from "../../live/pending";
import { me } from "../../store/session";
import { ChoiceField, Form, FormFoot, type Saving, Switch, TextField, useSaving } from "../../ui/form";
import { Icon, type IconName } from "../../ui/icon";
import { Empty, Skeleton } from "../../ui/parts";
import { KIND_NAMES } from "../notifications/kinds";
import { TestMessages } from "./test-message";

const CHANNELS: { id: Channel; name: string; icon: IconName }[] = [
  { id: "in_app", name: "In the app", icon: "bell" },
  { id: "email", name: "E-mail", icon: "inbox" },
  { id: "slack", name: "Slack", icon: "chat" },
  { id: "discord", name: "Discord", icon: "chat" },
];
const PACES: { value: Pace; label: string }[] = [
  { value: "now", label: "At once" },
  { value: "digest", label: "Digest" },
  { value: "off", label: "Off" },
];
const HOURS = Array.from({ length: 24 }, (_, hour) => ({
  value: String(hour),
  label: `${String(hour).padStart(2, "0")}:00`,
}));

function zones(now: string): { value: string; label: string }[] {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set([now, here, "UTC", ...known])].map((each) => ({
    value: each,
    label: each.replaceAll("_", " "),
    ...(each === here ? { hint: "this device" } : {}),
  }));
}

interface PartProps {
  form: PreferencesInForce;
  set: (change: Partial<PreferencesInForce>) => void;
}

function Cell({
  form,
  set,
  kind,
  channel,
}: PartProps & { kind: string; channel: (typeof CHANNELS)[number] }) {
  const value = form.choices[kind]?.[channel.id] ?? "off";
  const choose = (pace: Pace) => {
    const row = form.choices[kind] as Record<Channel, Pace>;
    set({ choices: { ...form.choices, [kind]: { ...row, [channel.id]: pace } } });
  };
  const label = `${KIND_NAMES[kind]?.name ?? kind}, ${channel.name}`;
  if (channel.id === "in_app") {
    return (
      <Switch bare label={label} checked={value !== "off"} onChange={(on) => choose(on ? "now" : "off")} />
    );
  }
  return (
    <select
      class={`pace pace-${value}`}
      aria-label={label}
      value={value}
      onChange={(event) => choose(event.currentTarget.value as Pace)}
    >
      {PACES.map((each) => (
        <option key={each.value} value={each.value}>
          {each.label}
        </option>
      ))}
    </select>
  );
}

function Matrix({ form, set }: PartProps) {
  return (
    <table class="paces">
      <thead>
        <tr>
          <th scope="col">
            <span class="sr-only">What</span>
          </th>
          {CHANNELS.map((each) => (
            <th key={each.id} scope="col">
              <span class="paces-head">
                <Icon name={each.icon} size={14} />
                {each.name}
              </span>
              {form.channels[each.id] && <span class="mini tone-wait">Not set up</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Object.keys(form.choices).map((kind) => (
          <tr key={kind}>
            <th scope="row">
              <strong>{KIND_NAMES[kind]?.name ?? kind}</strong>
              <span>{KIND_NAMES[kind]?.about}</span>
            </th>
            {CHANNELS.map((each) => (
              <td key={each.id} data-channel={each.name}>
                <Cell form={form} set={set} kind={kind} channel={each} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Why a channel sends nothing, and what one can do about it. */
function Missing({ form }: { form: PreferencesInForce }) {
  const missing = CHANNELS.filter((each) => form.channels[each.id]);
  const nowhere = CHANNELS.filter(
    ({ id }) =>
      !form.channels[id] &&
      ((id === "slack" && !form.slack_id) || (id === "discord" && !form.discord_id)) &&
      Object.values(form.choices).some((row) => row[id] !== "off"),
  );
  if (missing.length === 0 && nowhere.length === 0) return null;
  return (
    <div class="entry-note">
      <Icon name="info" size={15} />
      <div>
        {missing.map((each) => (
          <p key={each.id}>
            <strong>{each.name} is not set up.</strong> What you choose for it is kept and counts once it is:
            on the server, {form.channels[each.id]}, and start it again.
          </p>
        ))}
        {nowhere.map((each) => (
          <p key={each.id}>
            <strong>{each.name} does not know you yet.</strong> Give your {each.name} id below.
          </p>
        ))}
      </div>
    </div>
  );
}

function Quiet({ form, set, saving }: PartProps & { saving: Saving }) {
  const quiet = form.quiet_hours;
  return (
    <fieldset class="entry-part prefs-part">
      <legend>When</legend>
      <div class="fields">
        <ChoiceField
          label="Time zone"
          value={form.time_zone}
          choices={zones(form.time_zone)}
          onChoose={(time_zone) => set({ time_zone })}
          error={saving.refused.of("time_zone")}
        />
        <ChoiceField
          label="Digest of the day"
          value={String(form.digest_hour)}
          choices={HOURS}
          onChoose={(hour) => set({ digest_hour: Number(hour) })}
          error={saving.refused.of("digest_hour")}
          hint="What is set to Digest comes together, once a day."
        />
      </div>
      <Switch
        label="Quiet hours"
        hint="Nothing is sent then; it waits until they are over. The inbox in the app fills all the same."
        checked={quiet !== null}
        onChange={(on) => set({ quiet_hours: on ? { start: "20:00", end: "07:00" } : null })}
        error={saving.refused.of("quiet_hours")}
      />
      {quiet && (
        <div class="fields prefs-hours">
          <TextField
            label="From"
            type="time"
            value={quiet.start}
            onInput={(start) => set({ quiet_hours: { ...quiet, start } })}
          />
          <TextField
            label="Until"
            type="time"
            value={quiet.end}
            onInput={(end) => set({ quiet_hours: { ...quiet, end } })}
            hint={quiet.start > quiet.end ? "The next morning." : undefined}
          />
        </div>
      )}
    </fieldset>
  );
}

function Where({ form, set, saving }: PartProps & { saving: Saving }) {
  const text = (field: "email" | "slack_id" | "discord_id") => ({
    value: form[field] ?? "",
    onInput: (value: string) => set({ [field]: value.trim() || null }),
    error: saving.refused.of(field),
  });
  return (
    <fieldset class="entry-part prefs-part">
      <legend>Where</legend>
      <div class="fields">
        <TextField
          label="E-mail"
          type="email"
          placeholder={me.value?.actor.email ?? ""}
          hint="Left empty, your account's address."
          {...text("email")}
        />
        <TextField
          label="Slack member id"
          mono
          placeholder="U01ABCDEF23"
          hint="In Slack: your profile, the three dots, Copy member ID. A channel's id (C…) works too."
          {...text("slack_id")}
        />
        <TextField
          label="Discord user id"
          mono
          placeholder="123456789012345678"
          hint="In Discord: Settings, Advanced, Developer Mode; then right-click your name, Copy User ID."
          {...text("discord_id")}
        />
      </div>
    </fieldset>
  );
}

function bodyOf({ channels: _channels, ...rest }: PreferencesInForce): Preferences {
  return rest;
}

function Chosen({ found }: { found: PreferencesInForce }) {
  const [saved, setSaved] = useState(found);
  const [form, setForm] = useState(found);
  const saving = useSaving(["time_zone", "quiet_hours", "digest_hour", "slack_id", "discord_id", "email"]);
  const dirty = JSON.stringify(bodyOf(form)) !== JSON.stringify(bodyOf(saved));
  const set = (change: Partial<PreferencesInForce>) => setForm({ ...form, ...change });
  const take = (data: PreferencesInForce) => {
    setSaved(data);
    setForm(data);
  };
  const save = (version: number) =>
    void saving.run(async () => {
      const before = saved;
      let now = version;
      const send = async (values: PreferencesInForce) => {
        const { data } = await planningApi.setPreferences({ ...bodyOf(values), version: now });
        now = data.version;
        take(data);
      };
      await send(form);
      remember({
        label: "Changed what you hear of",
        back: () => send(before),
        again: () => send(form),
      });
    });
  return (
    <Form
      label="Notifications"
      saving={saving}
      onSubmit={() => save(form.version)}
      onForce={save}
      class="prefs"
    >
      <Missing form={form} />
      <Matrix form={form} set={set} />
      <Quiet form={form} set={set} saving={saving} />
      <Where form={form} set={set} saving={saving} />
      <TestMessages channels={CHANNELS.filter(({ id }) => id !== "in_app")} unsaved={dirty} />
      <div class={dirty ? "prefs-foot prefs-dirty" : "prefs-foot"}>
        <FormFoot
          saving={saving}
          save="Save"
          disabled={!dirty}
          {...(dirty ? { onCancel: () => setForm(saved) } : {})}
        >
          {dirty && <span class="faint prefs-said">Not saved yet</span>}
        </FormFoot>
      </div>
    </Form>
  );
}

export default function NotificationPreferences() {
  const [found, setFound] = useState<PreferencesInForce | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  useEffect(() => {
    planningApi.preferences().then(({ data }) => setFound(data), setFailed);
  }, []);
  if (failed !== null) {
    return (
      <Empty icon="alert" title="Your choices could not be read">
        <p class="pre">{explain(failed)}</p>
      </Empty>
    );
  }
  return found ? <Chosen found={found} /> : <Skeleton rows={8} />;
}
