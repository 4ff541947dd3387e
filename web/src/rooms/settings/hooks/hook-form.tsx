// The form of a webhook: where it goes, and of what it is told.
import { useState } from "preact/hooks";
import type { Hook, HookKind } from "../../../api/hooks";
import { Dialog } from "../../../ui/dialog";
import { Form, FormFoot, type Saving, SeveralField, Switch, TextField, useSaving } from "../../../ui/form";
import { kindName } from "./kinds";

export interface HookFields {
  name?: string;
  url: string;
  kinds: string[];
}

interface Props {
  hook: Hook | null;
  kinds: HookKind[];
  send: (fields: HookFields, version: number | null) => Promise<void>;
  onClose: () => void;
}

interface KindsProps {
  kinds: HookKind[];
  chosen: string[];
  onChoose: (kinds: string[]) => void;
  saving: Saving;
}

function Kinds({ kinds, chosen, onChoose, saving }: KindsProps) {
  return (
    <SeveralField
      label="Events"
      values={chosen}
      choices={kinds.map((each) => ({ value: each.kind, label: kindName(each.kind), hint: each.about }))}
      onChoose={onChoose}
      empty="Choose events"
      error={saving.refused.of("kinds")}
    />
  );
}

export function HookForm({ hook, kinds, send, onClose }: Props) {
  const [url, setUrl] = useState(hook?.url ?? "");
  const [name, setName] = useState(hook?.name ?? "");
  const [all, setAll] = useState(hook ? hook.kinds.includes("*") : true);
  const [chosen, setChosen] = useState<string[]>(hook?.kinds.filter((each) => each !== "*") ?? []);
  const saving = useSaving(["url", "name", "kinds"]);
  const go = (version: number | null) =>
    void saving.run(() =>
      send(
        {
          url: url.trim(),
          kinds: all ? ["*"] : chosen,
          ...(name.trim() ? { name: name.trim() } : {}),
        },
        version,
      ),
    );
  const title = hook ? `Edit ${hook.name}` : "Add a webhook";
  return (
    <Dialog title={title} onClose={onClose} size="m">
      <Form label={title} saving={saving} onSubmit={() => go(hook?.version ?? null)} onForce={go}>
        <TextField
          label="Address"
          type="url"
          mono
          value={url}
          onInput={setUrl}
          maxLength={2000}
          placeholder="https://example.com/hooks/opsroom"
          error={saving.refused.of("url")}
          hint="News is posted there as JSON. It must be https and reachable from this server."
        />
        <TextField
          label="Name"
          aside="optional"
          value={name}
          onInput={setName}
          maxLength={120}
          error={saving.refused.of("name")}
          hint="Without one it is called by its host."
        />
        <Switch
          label="All events"
          hint="Those that come later too. Switched off, you choose."
          checked={all}
          onChange={setAll}
        />
        {!all && <Kinds kinds={kinds} chosen={chosen} onChoose={setChosen} saving={saving} />}
        <FormFoot
          saving={saving}
          save={hook ? "Save" : "Add"}
          onCancel={onClose}
          disabled={!url.trim() || (!all && chosen.length === 0)}
        />
      </Form>
    </Dialog>
  );
}
