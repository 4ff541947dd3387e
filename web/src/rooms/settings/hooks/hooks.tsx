// Outgoing webhooks of the project: the list, or one of them (`?hook=`).
import "../../../styles/hooks.css";
import "../../../styles/lists.css";
import { useEffect, useState } from "preact/hooks";
import { type Hook, type HookKind, hooksApi } from "../../../api/hooks";
import { explain } from "../../../live/pending";
import { params } from "../../../router";
import { plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { Empty, Skeleton } from "../../../ui/parts";
import { Ago } from "../../../ui/time";
import { atLeast, NotForYou } from "../allowed";
import { Secret } from "../secret";
import { useList } from "../use-list";
import { HookDetail } from "./hook";
import { HookForm } from "./hook-form";
import { HookState } from "./hook-state";
import { Verifying } from "./verifying";

function Row({ hook }: { hook: Hook }) {
  return (
    <li class={hook.enabled ? "entry-row" : "entry-row entry-off"}>
      <span class="entry-icon">
        <Icon name="webhook" size={15} />
      </span>
      <a class="entry-words hook-link" href={`/settings/webhooks?hook=${encodeURIComponent(hook.id)}`}>
        <strong>{hook.name}</strong>
        <span class="faint hook-url">{hook.url}</span>
        <span class="faint">
          {hook.kinds.includes("*")
            ? "All events"
            : plural(hook.kinds.length, "kind of event", "kinds of events")}
          {" · "}
          {hook.last_success_at ? (
            <>
              taken <Ago at={hook.last_success_at} />
            </>
          ) : (
            "nothing taken yet"
          )}
        </span>
      </a>
      <HookState hook={hook} />
      <Icon name="right" size={13} />
    </li>
  );
}

function All() {
  const list = useList(hooksApi.hooks);
  const [kinds, setKinds] = useState<HookKind[]>([]);
  const [adding, setAdding] = useState(false);
  const [fresh, setFresh] = useState<{ hook: Hook; secret: string } | null>(null);
  useEffect(() => {
    hooksApi.kinds().then(
      ({ data }) => setKinds(data),
      () => {},
    );
  }, []);
  const id = params.value.get("hook");
  const open = list.list?.find((each) => each.id === id);
  if (list.failed !== null && !list.list) {
    return (
      <Empty icon="alert" title="The webhooks could not be read">
        <p class="pre">{explain(list.failed)}</p>
      </Empty>
    );
  }
  if (!list.list) return <Skeleton rows={4} />;
  const show = (hook: Hook, secret: string) => setFresh({ hook, secret });
  return (
    <>
      {open ? (
        <HookDetail key={open.id} hook={open} kinds={kinds} list={list} onSecret={show} />
      ) : (
        <>
          <div class="entry-bar">
            <span class="faint">{plural(list.list.length, "webhook")}</span>
            <button type="button" class="btn btn-primary" onClick={() => setAdding(true)}>
              <Icon name="plus" size={15} />
              Add a webhook
            </button>
          </div>
          {list.list.length === 0 && (
            <Empty icon="webhook" title="No webhooks yet">
              <p>Tell another system what happens here: cards that move, comments, sprints, documents.</p>
            </Empty>
          )}
          <ul class="entry-list" aria-label="Webhooks">
            {list.list.map((each) => (
              <Row key={each.id} hook={each} />
            ))}
          </ul>
        </>
      )}
      <Verifying />
      {adding && (
        <HookForm
          hook={null}
          kinds={kinds}
          onClose={() => setAdding(false)}
          send={async (fields) => {
            const { data } = await hooksApi.add(fields);
            list.put(data.hook);
            setAdding(false);
            show(data.hook, data.secret ?? "");
          }}
        />
      )}
      {fresh && (
        <Secret
          title={`Secret of ${fresh.hook.name}`}
          secret={fresh.secret}
          about="The receiver checks with it that what it gets comes from here. Put it into the receiver's settings."
          onClose={() => setFresh(null)}
        />
      )}
    </>
  );
}

export default function Hooks() {
  if (!atLeast("admin"))
    return <NotForYou what="Webhooks send what happens on the board elsewhere; admins set them up." />;
  return <All />;
}
