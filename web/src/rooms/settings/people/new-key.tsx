// The form for a key: whose it is, what it may do, how long it lasts. A program that is not there is made with it.
import { useState } from "preact/hooks";
import { type AgentOrApp, type Key, peopleApi, ROLES, type Role } from "../../../api/people";
import { me } from "../../../store/session";
import { Dialog } from "../../../ui/dialog";
import { ChoiceField, Form, FormFoot, SeveralField, Switch, TextField, useSaving } from "../../../ui/form";
import { Segmented } from "../../../ui/parts";
import { atLeast, within } from "../allowed";

const NEW = "new";
const VERBS: [string, string][] = [
  ["board:read", "look at the board"],
  ["board:write", "change cards, comment, write documents"],
  ["board:admin", "set up the board, webhooks, imports"],
  ["runs:read", "look at runs"],
  ["runs:write", "start and cancel runs"],
  ["approvals:read", "look at approvals"],
  ["approvals:write", "decide approvals"],
  ["agents:read", "look at agent files"],
  ["agents:write", "roll agent files back"],
  ["artifacts:read", "fetch outputs"],
  ["delivery:read", "look at deliveries"],
  ["triggers:read", "look at webhook deliveries"],
  ["triggers:write", "replay webhook deliveries"],
  ["people:read", "list people"],
];
const LASTS = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "A year" },
  { value: "1825", label: "5 years" },
];

const slugOf = (name: string) =>
  name
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 40);

interface Program {
  kind: "agent" | "app";
  name: string;
  slug: string;
  role: Role;
}

interface ProgramProps {
  program: Program;
  set: (program: Program) => void;
  wrong: (path: string) => string | undefined;
}

function ProgramFields({ program, set, wrong }: ProgramProps) {
  return (
    <div class="entry-inner">
      <Segmented<"agent" | "app">
        label="Kind"
        value={program.kind}
        choices={[
          { value: "app", label: "App" },
          { value: "agent", label: "Agent" },
        ]}
        onChange={(kind) => set({ ...program, kind })}
      />
      <div class="fields">
        <TextField
          label="Its name"
          value={program.name}
          maxLength={120}
          error={wrong("name")}
          onInput={(name) =>
            set({
              ...program,
              name,
              slug: program.slug === slugOf(program.name) ? slugOf(name) : program.slug,
            })
          }
        />
        <TextField
          label="Its slug"
          mono
          value={program.slug}
          maxLength={40}
          error={wrong("slug")}
          hint="Stands in the key, and behind an @."
          onInput={(slug) => set({ ...program, slug })}
        />
      </div>
      <ChoiceField
        label="Its role"
        value={program.role}
        choices={ROLES.filter((each) => within(each.value))}
        onChoose={(role) => set({ ...program, role: role as Role })}
        error={wrong("role")}
      />
    </div>
  );
}

interface Props {
  actors: AgentOrApp[];
  onActor: (actor: AgentOrApp) => void;
  onMade: (made: { key: Key; secret: string }) => void;
  onClose: () => void;
}

export function NewKeyForm({ actors, onActor, onMade, onClose }: Props) {
  const [label, setLabel] = useState("");
  const [owner, setOwner] = useState("");
  const [program, setProgram] = useState<Program>({ kind: "app", name: "", slug: "", role: "user" });
  const [all, setAll] = useState(true);
  const [verbs, setVerbs] = useState<string[]>([]);
  const [days, setDays] = useState("365");
  const saving = useSaving(["label", "actor_id", "verbs", "expires_in_days", "name", "slug", "role", "kind"]);
  const wrong = saving.refused.of;
  const make = () =>
    void saving.run(async () => {
      let actorId = owner;
      if (owner === NEW) {
        const { data } = await peopleApi.addActor(program);
        // It is there from now on, also if the key is refused.
        onActor(data);
        setOwner(data.id);
        actorId = data.id;
      }
      const { data } = await peopleApi.issueKey({
        label: label.trim(),
        ...(actorId ? { actor_id: actorId } : {}),
        verbs: all ? ["*"] : verbs,
        expires_in_days: Number(days),
      });
      onMade(data);
    });
  return (
    <Dialog title="New API key" onClose={onClose} size="m">
      <Form label="New API key" saving={saving} onSubmit={make}>
        <TextField
          label="Label"
          value={label}
          onInput={setLabel}
          maxLength={120}
          placeholder="Nightly report"
          hint="What uses it, so that you know it again."
          error={wrong("label")}
        />
        {atLeast("admin") && (
          <ChoiceField
            label="Acts as"
            value={owner}
            none={`Me, ${me.value?.actor.name ?? ""}`}
            choices={[
              ...actors
                .filter((each) => !each.disabled)
                .map((each) => ({ value: each.id, label: each.name, hint: `${each.kind}, ${each.role}` })),
              { value: NEW, label: "A new agent or app…" },
            ]}
            onChoose={setOwner}
            error={wrong("actor_id")}
            hint="The key works in this project only, under this name and role."
          />
        )}
        {owner === NEW && <ProgramFields program={program} set={setProgram} wrong={wrong} />}
        <Switch
          label="May do everything its role may"
          hint="Switched off, you choose what it may do."
          checked={all}
          onChange={setAll}
        />
        {!all && (
          <SeveralField
            label="May do"
            values={verbs}
            choices={VERBS.map(([value, hint]) => ({ value, label: value, hint }))}
            make={(text) => ({ value: text, label: `Allow ${text}` })}
            onChoose={setVerbs}
            error={wrong("verbs")}
          />
        )}
        <ChoiceField
          label="Ends after"
          value={days}
          choices={LASTS}
          onChoose={setDays}
          error={wrong("expires_in_days")}
        />
        <FormFoot
          saving={saving}
          save="Make the key"
          onCancel={onClose}
          disabled={
            !label.trim() ||
            (!all && verbs.length === 0) ||
            (owner === NEW && !(program.name.trim() && program.slug))
          }
        />
      </Form>
    </Dialog>
  );
}
