// API keys: for oneself or a program of the project, shown once, revoked at once.
import "../../../styles/lists.css";
import { useEffect, useState } from "preact/hooks";
import { type AgentOrApp, type Key, peopleApi } from "../../../api/people";
import { explain } from "../../../live/pending";
import { coarseNow } from "../../../store/clock";
import { Confirm, useSaving } from "../../../ui/form";
import { plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { Empty, Skeleton } from "../../../ui/parts";
import { Ago } from "../../../ui/time";
import { toast } from "../../../ui/toast";
import { atLeast } from "../allowed";
import { Secret } from "../secret";
import { type Listed, useList } from "../use-list";
import { NewKeyForm } from "./new-key";

type State = "active" | "revoked" | "expired";

function stateOf(key: Key, now: number): State {
  if (key.revoked_at) return "revoked";
  return key.expires_at && Date.parse(key.expires_at) < now ? "expired" : "active";
}

function Verbs({ verbs }: { verbs: string[] }) {
  if (verbs.includes("*")) return <span class="mini">everything the role may</span>;
  return (
    <>
      {verbs.slice(0, 3).map((each) => (
        <code key={each} class="mini">
          {each}
        </code>
      ))}
      {verbs.length > 3 && (
        <span class="faint" title={verbs.join(", ")}>
          +{verbs.length - 3}
        </span>
      )}
    </>
  );
}

function Row({ of, onRevoke }: { of: Key; onRevoke: () => void }) {
  const state = stateOf(of, coarseNow.value);
  return (
    <li class={state === "active" ? "entry-row" : "entry-row entry-off"}>
      <span class="entry-icon">
        <Icon name="key" size={15} />
      </span>
      <span class="entry-words">
        <strong>{of.label}</strong>
        <span class="entry-facts">
          <code>{of.hint}</code>
          <span>
            for {of.actor.name}
            {of.actor.kind !== "person" && ` (${of.actor.kind})`}
          </span>
          <Verbs verbs={of.verbs} />
        </span>
        <span class="faint">
          {of.last_used_at ? (
            <>
              Last used <Ago at={of.last_used_at} />
            </>
          ) : (
            "Never used"
          )}
          {" · made "}
          <Ago at={of.created_at} />
          {state === "active" && of.expires_at && (
            <>
              {" · ends "}
              <Ago at={of.expires_at} />
            </>
          )}
        </span>
      </span>
      {state === "active" ? (
        <button
          type="button"
          class="btn btn-s btn-ghost danger"
          aria-label={`Revoke ${of.label}`}
          onClick={onRevoke}
        >
          Revoke
        </button>
      ) : (
        <span class="mini tone-bad">{state === "revoked" ? "Revoked" : "Expired"}</span>
      )}
    </li>
  );
}

function Revoke({ of, list, onClose }: { of: Key; list: Listed<Key>; onClose: () => void }) {
  const saving = useSaving([]);
  const go = () =>
    void saving
      .run(async () => list.put((await peopleApi.revokeKey(of.id)).data))
      .then((done) => {
        if (!done) return;
        onClose();
        toast({ kind: "good", title: `Revoked ${of.label}` });
      });
  return (
    <Confirm title={`Revoke ${of.label}?`} action="Revoke" saving={saving} onConfirm={go} onClose={onClose}>
      <p class="dialog-text">
        Whatever uses <code>{of.hint}</code> is refused from this moment. A revoked key cannot be brought
        back.
      </p>
    </Confirm>
  );
}

export default function Keys() {
  const list = useList(peopleApi.keys);
  const [actors, setActors] = useState<AgentOrApp[]>([]);
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const [fresh, setFresh] = useState<{ key: Key; secret: string } | null>(null);
  const [all, setAll] = useState(false);
  const admin = atLeast("admin");
  useEffect(() => {
    if (admin)
      peopleApi.actors().then(
        ({ data }) => setActors(data),
        () => {},
      );
  }, []);
  if (list.failed !== null && !list.list) {
    return (
      <Empty icon="alert" title="The keys could not be read">
        <p class="pre">{explain(list.failed)}</p>
      </Empty>
    );
  }
  const now = coarseNow.value;
  const active = list.list?.filter((each) => stateOf(each, now) === "active") ?? [];
  const gone = (list.list?.length ?? 0) - active.length;
  const shown = all ? (list.list ?? []) : active;
  return (
    <>
      <div class="entry-bar">
        <span class="faint">
          {list.list &&
            (admin
              ? `${plural(active.length, "key")} of this project`
              : `${plural(active.length, "key")} of yours`)}
        </span>
        <button type="button" class="btn btn-primary" onClick={() => setAdding(true)}>
          <Icon name="plus" size={15} />
          New key
        </button>
      </div>
      {!list.list && <Skeleton rows={4} />}
      {list.list && shown.length === 0 && (
        <Empty icon="key" title="No keys">
          <p>With a key a program or the command line works on this project under its owner's name.</p>
        </Empty>
      )}
      <ul class="entry-list" aria-label="API keys">
        {shown.map((each) => (
          <Row key={each.id} of={each} onRevoke={() => setRevoking(each)} />
        ))}
      </ul>
      <div class="entry-more">
        {gone > 0 && (
          <button type="button" class="btn btn-s btn-ghost" onClick={() => setAll(!all)}>
            {all ? "Hide" : "Show"} {plural(gone, "key")} that no longer {gone === 1 ? "works" : "work"}
          </button>
        )}
        {list.more && (
          <button type="button" class="btn btn-s" onClick={list.more}>
            Show more
          </button>
        )}
      </div>
      {adding && (
        <NewKeyForm
          actors={actors}
          onActor={(actor) => setActors([...actors, actor])}
          onClose={() => setAdding(false)}
          onMade={(made) => {
            setAdding(false);
            list.put(made.key);
            setFresh(made);
          }}
        />
      )}
      {revoking && <Revoke of={revoking} list={list} onClose={() => setRevoking(null)} />}
      {fresh && (
        <Secret
          title={`Key ${fresh.key.label}`}
          secret={fresh.secret}
          about={`Programs send it as “Authorization: Bearer …”. They act in this project as ${fresh.key.actor.name}.`}
          onClose={() => setFresh(null)}
        />
      )}
    </>
  );
}
