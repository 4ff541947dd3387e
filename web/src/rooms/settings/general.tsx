// How the board behaves: each setting with what it does, in plain words.
import { useState } from "preact/hooks";
import { boardApi, type SettingsChange, type WipPolicy } from "../../api/board";
import { api } from "../../api/calls";
import { remember } from "../../commands";
import { arrange } from "../../commands/arrange";
import { boardSettings, people, personById } from "../../store/board";
import { me } from "../../store/session";
import { ChoiceField, type Saving, Switch, useSaving } from "../../ui/form";
import { InlineText } from "../../ui/inline";
import { Segmented } from "../../ui/parts";
import { Heading, mayArrange, OnlyAdmins, WithBoard } from "./parts";
import { clockIn, ZONES } from "./zones";

/** The switch shows what is wished until the server has answered. */
function useSetting(): {
  saving: Saving;
  set: (change: SettingsChange, label: string) => void;
  wish: SettingsChange;
} {
  const saving = useSaving([
    "time_zone",
    "wip_policy",
    "auto_assign",
    "start_on_assign",
    "default_accountable_id",
  ]);
  const [wish, setWish] = useState<SettingsChange>({});
  const set = (change: SettingsChange, label: string) => {
    setWish(change);
    void saving
      .run(() => arrange("settings", label, () => boardApi.changeSettings(change)))
      .finally(() => setWish({}));
  };
  return { saving, set, wish };
}

async function rename(name: string): Promise<void> {
  const { data } = await api.renameProject(name);
  const now = me.peek();
  if (!now) return;
  const projects = now.projects.map((each) => (each.id === data.id ? { ...each, name: data.name } : each));
  me.value = { ...now, projects };
}

function Identity() {
  const data = me.value;
  const project = data?.projects.find((each) => each.id === data.project_id);
  const keep = async (name: string) => {
    const before = project?.name ?? "";
    await rename(name);
    remember({
      label: `Renamed the project to ${name}`,
      back: () => rename(before),
      again: () => rename(name),
    });
  };
  return (
    <dl class="set-facts">
      <div>
        <dt>Project</dt>
        <dd>
          {project && mayArrange() ? (
            <InlineText
              strong
              label="Name of the project"
              value={project.name}
              maxLength={120}
              onKeep={keep}
            />
          ) : (
            (project?.name ?? "–")
          )}
        </dd>
      </div>
      <div>
        <dt>Instance</dt>
        <dd>{data?.instance?.name ?? "–"}</dd>
      </div>
      <div>
        <dt>Organization</dt>
        <dd>{data?.organization?.name ?? "–"}</dd>
      </div>
    </dl>
  );
}

const POLICIES: { value: WipPolicy; label: string }[] = [
  { value: "warn", label: "Warn" },
  { value: "refuse", label: "Refuse" },
];

function Body() {
  const { saving, set, wish } = useSetting();
  const kept = boardSettings.value;
  if (!kept) return null;
  const now = { ...kept, ...wish };
  const locked = !mayArrange();
  const { of, rest } = saving.refused;
  return (
    <>
      <OnlyAdmins what="These settings" />
      {rest.map((line) => (
        <p key={line} class="form-error" role="alert">
          {line}
        </p>
      ))}
      <div class="set-panel">
        <Identity />
        <ChoiceField
          label="Time zone"
          value={now.time_zone}
          choices={ZONES}
          disabled={locked}
          onChoose={(zone) => zone && set({ time_zone: zone }, `The board's days are those of ${zone}`)}
          hint={
            <>
              Decides when a day begins: what is due today, when a card counts as overdue, which day the
              summary is about. It is {clockIn(now.time_zone)} there.
            </>
          }
          error={of("time_zone")}
        />
        <ChoiceField
          label="Accountable for new cards"
          none="Nobody"
          value={now.default_accountable_id ?? ""}
          choices={people.value.map((each) => ({ value: each.id, label: each.name }))}
          disabled={locked}
          onChoose={(id) =>
            set(
              { default_accountable_id: id || null },
              id
                ? `${personById.peek().get(id)?.name ?? "Somebody"} is accountable for new cards`
                : "Nobody is accountable for new cards by itself",
            )
          }
          hint="Who answers for a new card that names nobody, whoever makes it: person, agent, automation or recurring task. Cards that are there, and those an import brings, stay as they are."
          error={of("default_accountable_id")}
        />
        <div class="switch-row" data-invalid={of("wip_policy") ? "" : undefined}>
          <div class="switch-words">
            <span class="switch-label">When a column is over its limit</span>
            <p class="field-hint">
              {now.wip_policy === "warn"
                ? "The column's count turns red, and cards may still be put there."
                : "A card that would go over the limit is refused, whoever moves it: person, agent or automation."}
            </p>
          </div>
          {locked ? (
            <span>{POLICIES.find((each) => each.value === now.wip_policy)?.label}</span>
          ) : (
            <Segmented
              label="When a column is over its limit"
              value={now.wip_policy}
              choices={POLICIES}
              onChange={(policy) =>
                policy !== kept.wip_policy &&
                set(
                  { wip_policy: policy },
                  policy === "warn" ? "A full column warns" : "A full column refuses cards",
                )
              }
            />
          )}
        </div>
      </div>
      <Heading class="set-sub">Agents</Heading>
      <div class="set-panel">
        <Switch
          label="Assign new work by itself"
          checked={now.auto_assign}
          disabled={locked}
          onChange={(on) =>
            set({ auto_assign: on }, on ? "New work is assigned by itself" : "New work waits to be assigned")
          }
          hint="A card nobody has goes to the agent whose skills suit its title, labels and category best and who has room. The card's history says why. Where no agent suits, it stays with nobody. A column over its limit gets nothing."
          error={of("auto_assign")}
        />
        <Switch
          label="Assigning an agent starts its work"
          checked={now.start_on_assign}
          disabled={locked}
          onChange={(on) =>
            set(
              { start_on_assign: on },
              on ? "Assigning an agent starts its work" : "Assigning an agent starts nothing",
            )
          }
          hint="Off: an assigned card waits until it is moved to a column its agent wakes in, or somebody starts a run. On: the run begins as soon as an agent with an agent file gets the card, and may cost money."
          error={of("start_on_assign")}
        />
      </div>
      <p class="set-foot faint">
        Who is accountable can depend on the card: an automation sees to it, “When a card is created, then set
        who is accountable”. It is among the examples under <a href="/settings/automations">Automations</a>.
      </p>
    </>
  );
}

export default function General() {
  return <WithBoard>{() => <Body />}</WithBoard>;
}
