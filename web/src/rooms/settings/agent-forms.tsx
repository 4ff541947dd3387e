// A seat of the roster: who sits there, what they can do, and which agent file wakes.
import { useEffect, useState } from "preact/hooks";
import { boardApi, type RosterAgent } from "../../api/board";
import { api } from "../../api/calls";
import { arrange } from "../../commands/arrange";
import { agents as files } from "../../store/agents";
import { roster } from "../../store/board";
import { ColorPicker } from "../../ui/color";
import { Dialog } from "../../ui/dialog";
import { ChoiceField, Confirm, Form, FormFoot, SeveralField, TextField, useSaving } from "../../ui/form";
import { plural } from "../../ui/format";

const FACES = "🤖 🎯 📊 ✨ 💻 🔧 🧠 📈 🎨 🔍 📝 🚀 💬 🛠️ 📣 🗂️ 🧪 🛡️ 🌍 ⚙️ 📦 💡 🎬 🏗️".split(" ");

export const allSkills = (): string[] =>
  [...new Set(roster.value.flatMap((each) => each.skills))].sort((a, b) => a.localeCompare(b));

export const plainSkill = (text: string): string => text.trim().toLowerCase().slice(0, 60);

function useFiles(): { value: string; label: string; hint: string }[] {
  useEffect(() => {
    if (!files.value)
      api.agents().then(
        ({ data }) => (files.value = data),
        () => {},
      );
  }, []);
  return (files.value ?? []).map((each) => ({ value: each.name, label: each.display_name, hint: each.name }));
}

const FIELDS = ["name", "emoji", "color", "skills", "agent_name", "capacity"];

export function EditAgent({ agent, onClose }: { agent: RosterAgent | null; onClose: () => void }) {
  const saving = useSaving(FIELDS);
  const [form, setForm] = useState({
    name: agent?.name ?? "",
    emoji: agent?.emoji ?? "🤖",
    color: agent?.color ?? "#6366f1",
    skills: agent?.skills ?? [],
    agent_name: agent?.agent_name ?? null,
    capacity: agent?.capacity == null ? "" : String(agent.capacity),
  });
  const set = (change: Partial<typeof form>) => setForm({ ...form, ...change });
  const choices = useFiles();
  const { of } = saving.refused;
  const send = async (version: number | undefined) => {
    const levels = Object.entries(agent?.skill_levels ?? {}).filter(([skill]) => form.skills.includes(skill));
    const capacity = form.capacity.trim() === "" ? null : Number(form.capacity);
    const body = { ...form, skill_levels: Object.fromEntries(levels), capacity };
    const done = await saving.run(() =>
      agent
        ? arrange("agent", `Changed ${form.name.trim()}`, () =>
            boardApi.changeAgent(agent.id, { ...body, ...(version ? { version } : {}) }),
          )
        : arrange("agent", `Added ${form.name.trim()} to the roster`, () => boardApi.addAgent(body)),
    );
    if (done) onClose();
  };
  const title = agent ? `Change ${agent.name}` : "Add an agent";
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        label={title}
        saving={saving}
        onSubmit={() => void send(agent?.version)}
        onForce={(version) => void send(version)}
      >
        <div class="agent-who">
          <ChoiceField
            label="Face"
            value={form.emoji}
            choices={[...new Set([form.emoji, ...FACES])].map((each) => ({ value: each, label: each }))}
            placeholder="Any emoji"
            make={(text) => (text.length <= 16 ? { value: text, label: text } : null)}
            onChoose={(emoji) => set({ emoji })}
            error={of("emoji")}
          />
          <TextField
            label="Name"
            value={form.name}
            onInput={(name) => set({ name })}
            maxLength={80}
            autofocus
            placeholder="Kenji"
            error={of("name")}
            hint={agent ? `People mention it as @${agent.id}.` : undefined}
          />
          <div class="field">
            <span class="field-label" aria-hidden="true">
              Colour
            </span>
            <ColorPicker wide label="Colour" value={form.color} onChoose={(color) => set({ color })} />
          </div>
        </div>
        <SeveralField
          label="Skills"
          values={form.skills}
          choices={allSkills().map((each) => ({ value: each, label: each }))}
          make={(text) => ({ value: plainSkill(text), label: plainSkill(text) })}
          onChoose={(skills) => set({ skills })}
          hint="Words from the work itself: a card's labels, title and category are compared with them when work is assigned by itself."
          error={of("skills")}
        />
        <div class="fields">
          <ChoiceField
            label="Agent file"
            aside="optional"
            value={form.agent_name ?? ""}
            none="Wakes nobody"
            choices={choices}
            onChoose={(name) => set({ agent_name: name || null })}
            hint="Which agent begins a run when a card of this seat asks for it."
            error={of("agent_name")}
          />
          <TextField
            label="Room for"
            aside="optional"
            type="number"
            min={0}
            placeholder="Any number of cards"
            value={form.capacity}
            onInput={(capacity) => set({ capacity })}
            hint="With so many open cards it is given no more by itself."
            error={of("capacity")}
          />
        </div>
        <FormFoot saving={saving} save={agent ? "Save" : "Add agent"} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}

export function RetireAgent({
  agent,
  open,
  onClose,
}: {
  agent: RosterAgent;
  open: number;
  onClose: () => void;
}) {
  const saving = useSaving([]);
  const submit = async () => {
    const done = await saving.run(() =>
      arrange("agent", `Took ${agent.name} off the roster`, () => boardApi.deleteAgent(agent.id)),
    );
    if (done) onClose();
  };
  return (
    <Confirm
      title={`Take ${agent.name} off the roster?`}
      action="Take off"
      saving={saving}
      onConfirm={() => void submit()}
      onClose={onClose}
    >
      <p class="dialog-text">
        {open > 0
          ? `It keeps ${plural(open, "open card")}: give them to somebody else where they should go on. `
          : "It has no open cards. "}
        It can be brought back at any time.
      </p>
    </Confirm>
  );
}
