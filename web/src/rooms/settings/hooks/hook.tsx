// One webhook: its state, what can be done with it, and what went there.
import { useState } from "preact/hooks";
import { type Hook, type HookKind, hooksApi } from "../../../api/hooks";
import { remember } from "../../../commands";
import { explain } from "../../../live/pending";
import { withParams } from "../../../router";
import { Confirm, Switch, useSaving } from "../../../ui/form";
import { Icon } from "../../../ui/icon";
import { Menu } from "../../../ui/menu";
import { Copy } from "../../../ui/parts";
import { Ago } from "../../../ui/time";
import { toast } from "../../../ui/toast";
import type { Listed } from "../use-list";
import { Deliveries } from "./deliveries";
import { HookForm } from "./hook-form";
import { HookState } from "./hook-state";
import { kindName } from "./kinds";

type Asked = "edit" | "rotate" | "delete";

interface Props {
  hook: Hook;
  kinds: HookKind[];
  list: Listed<Hook>;
  onSecret: (hook: Hook, secret: string) => void;
}

/** Changes a webhook on the version that is seen, with a way back. */
async function change(
  list: Listed<Hook>,
  hook: Hook,
  to: Partial<Pick<Hook, "name" | "url" | "kinds" | "enabled">>,
  label: string,
  version: number | null = hook.version,
) {
  const fields = Object.keys(to) as (keyof typeof to)[];
  const before = Object.fromEntries(fields.map((field) => [field, hook[field]]));
  let now = version;
  const send = async (values: object) => {
    const { data } = await hooksApi.change(hook.id, { ...values, ...(now === null ? {} : { version: now }) });
    now = data.hook.version;
    list.put(data.hook);
  };
  await send(to);
  remember({ label, back: () => send(before), again: () => send(to) });
}

function Question({
  hook,
  what,
  list,
  onSecret,
  onClose,
}: Props & { what: "rotate" | "delete"; onClose: () => void }) {
  const saving = useSaving([]);
  const go = () =>
    void saving.run(async () => {
      if (what === "delete") {
        await hooksApi.remove(hook.id);
        list.drop(hook.id);
        withParams({ hook: null });
        toast({ kind: "good", title: `Deleted the webhook ${hook.name}` });
      } else {
        const { data } = await hooksApi.change(hook.id, { rotate_secret: true });
        list.put(data.hook);
        onSecret(data.hook, data.secret ?? "");
      }
      onClose();
    });
  return (
    <Confirm
      title={what === "delete" ? `Delete ${hook.name}?` : `A new secret for ${hook.name}?`}
      action={what === "delete" ? "Delete" : "Make a new secret"}
      saving={saving}
      onConfirm={go}
      onClose={onClose}
    >
      <p class="dialog-text">
        {what === "delete"
          ? "Nothing more is sent there; what is on its way is dropped. A deleted webhook cannot be brought back: a new one has another secret."
          : "For a day both secrets sign, so that the receiver can be changed in between. Then only the new one counts."}
      </p>
    </Confirm>
  );
}

function Facts({ hook }: { hook: Hook }) {
  return (
    <dl class="facts hook-facts">
      <div>
        <dt>Address</dt>
        <dd>
          <Copy text={hook.url} label="Copy the address" />
        </dd>
      </div>
      <div>
        <dt>Events</dt>
        <dd>{hook.kinds.includes("*") ? "All of them" : hook.kinds.map(kindName).join(", ")}</dd>
      </div>
      <div>
        <dt>Last taken</dt>
        <dd>{hook.last_success_at ? <Ago at={hook.last_success_at} /> : "Never"}</dd>
      </div>
      {hook.failing_since && (
        <div>
          <dt>Fails since</dt>
          <dd class="bad">
            <Ago at={hook.failing_since} />
          </dd>
        </div>
      )}
      {hook.former_secret_until && Date.parse(hook.former_secret_until) > Date.now() && (
        <div>
          <dt>Two secrets</dt>
          <dd>
            The former one signs too, until <Ago at={hook.former_secret_until} />
          </dd>
        </div>
      )}
    </dl>
  );
}

export function HookDetail(props: Props) {
  const { hook, kinds, list } = props;
  const [asked, ask] = useState<Asked | null>(null);
  const [sent, setSent] = useState<{ id: string; turn: number } | null>(null);
  const [busy, setBusy] = useState(false);
  const turn = async (enabled: boolean) => {
    const label = enabled ? `Switched ${hook.name} on` : `Paused ${hook.name}`;
    await change(list, hook, { enabled }, label).catch((cause) =>
      toast({ kind: "bad", title: "Not changed", detail: explain(cause) }),
    );
  };
  const test = async () => {
    setBusy(true);
    try {
      const { data } = await hooksApi.test(hook.id);
      setSent({ id: data.id, turn: (sent?.turn ?? 0) + 1 });
    } catch (cause) {
      toast({ kind: "bad", title: "No test was sent", detail: explain(cause) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-label={hook.name}>
      <div class="entry-bar hook-head">
        <button type="button" class="btn btn-s btn-ghost" onClick={() => withParams({ hook: null }, "push")}>
          <Icon name="left" size={13} />
          All webhooks
        </button>
        <span class="hook-acts">
          <button
            type="button"
            class="btn btn-s"
            disabled={!hook.enabled || busy}
            title={hook.enabled ? undefined : "Switch it on first"}
            onClick={() => void test()}
          >
            <Icon name="send" size={13} />
            Send a test
          </button>
          <button type="button" class="btn btn-s" onClick={() => ask("edit")}>
            <Icon name="pencil" size={13} />
            Edit
          </button>
          <Menu
            label={`Actions for ${hook.name}`}
            class="icon-btn"
            align="end"
            button={<Icon name="dots" />}
            items={[
              { label: "New secret…", icon: "key", run: () => ask("rotate") },
              { label: "Delete…", icon: "trash", danger: true, run: () => ask("delete") },
            ]}
          />
        </span>
      </div>
      <div class="card hook-card">
        <div class="hook-title">
          <h3>{hook.name}</h3>
          <HookState hook={hook} />
          <Switch
            bare
            label={`${hook.name} is on`}
            checked={hook.enabled}
            onChange={(enabled) => void turn(enabled)}
          />
        </div>
        {hook.disabled_reason && !hook.enabled && (
          <p class="entry-note entry-note-wait">
            <Icon name="alert" size={15} />
            <span>Switched off by the house: {hook.disabled_reason}</span>
          </p>
        )}
        <Facts hook={hook} />
      </div>
      <Deliveries hookId={hook.id} sent={sent} onSettled={() => void list.again()} />
      {asked === "edit" && (
        <HookForm
          hook={hook}
          kinds={kinds}
          onClose={() => ask(null)}
          send={async (fields, version) => {
            await change(list, hook, fields, `Changed the webhook ${hook.name}`, version);
            ask(null);
          }}
        />
      )}
      {(asked === "rotate" || asked === "delete") && (
        <Question {...props} what={asked} onClose={() => ask(null)} />
      )}
    </section>
  );
}
