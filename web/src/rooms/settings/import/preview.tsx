// What an import would do, and how its words become ours: everything can be changed before anything is written.
import { useEffect, useRef, useState } from "preact/hooks";
import { onceKey } from "../../../api/board";
import { ApiError } from "../../../api/client";
import {
  exchangeApi,
  type Import,
  type ImportRequest,
  type Mapping,
  type Misfit,
  type Preview as Seen,
} from "../../../api/exchange";
import { explain } from "../../../live/pending";
import { bytes, count, plural } from "../../../ui/format";
import { Icon } from "../../../ui/icon";
import { Segmented, Skeleton } from "../../../ui/parts";
import { type Brought, SOURCES } from "./choose";
import { Mappings } from "./mappings";
import { Misfits } from "./misfits";
import { Sample } from "./sample";

const AGAIN_MS = 500;

function Counts({ seen }: { seen: Seen }) {
  const { counts } = seen;
  const more = [
    counts.sub_tasks && `${plural(counts.sub_tasks, "part")} of others`,
    counts.archived && `${count(counts.archived)} archived`,
    counts.comments && plural(counts.comments, "comment"),
    counts.links && plural(counts.links, "link"),
    counts.dependencies && plural(counts.dependencies, "dependency", "dependencies"),
  ].filter(Boolean);
  return (
    <p class="bring-counts">
      <strong>{plural(counts.tasks, "card")}</strong>
      {more.length > 0 && <span> with {more.join(", ")}</span>}
    </p>
  );
}

/** People are named by their keys there; here by what they are called. */
function byName(seen: Seen): Misfit[] {
  const names = new Map(seen.people.map((each) => [each.key, each.name]));
  return seen.misfits.map((each) =>
    each.field === "people" ? { ...each, value: names.get(each.value) ?? each.value } : each,
  );
}

type OnRepeat = "skip" | "update";

/** Asks for the preview again with everything that was chosen, a moment after the last choice. */
function useSeen(brought: Brought) {
  const [said, setSaid] = useState<Partial<Mapping>>({});
  const [seen, setSeen] = useState<Seen | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const [busy, setBusy] = useState(true);
  const first = useRef(true);
  const request = (): ImportRequest => ({
    content_base64: brought.content,
    name: brought.name.replace(/\.[a-z]+$/i, ""),
    source: brought.source,
    mapping: said,
  });
  useEffect(() => {
    const stop = new AbortController();
    setBusy(true);
    const timer = window.setTimeout(
      () => {
        first.current = false;
        exchangeApi.preview(request(), stop.signal).then(
          ({ data }) => {
            setSeen(data);
            setFailed(null);
            setBusy(false);
          },
          (cause) => {
            if (stop.signal.aborted) return;
            setFailed(cause);
            setBusy(false);
          },
        );
      },
      first.current ? 0 : AGAIN_MS,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [said]);
  const say = <K extends keyof Mapping>(part: K, value: Mapping[K]) =>
    // Other headings bring other columns and people: what was said of the former ones is void.
    setSaid(
      part === "headings" || part === "days_first"
        ? { headings: said.headings ?? {}, days_first: said.days_first ?? null, [part]: value }
        : { ...said, [part]: value },
    );
  return { said, seen, failed, busy, say, request };
}

interface Props {
  brought: Brought;
  onBack: () => void;
  onStarted: (order: Import) => void;
}

export function Preview({ brought, onBack, onStarted }: Props) {
  const { said, seen, failed, busy, say, request } = useSeen(brought);
  const [repeat, setRepeat] = useState<OnRepeat>("skip");
  const [starting, setStarting] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const once = useRef(onceKey());
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);

  const start = async () => {
    setStarting(true);
    setRefused(null);
    try {
      const { data } = await exchangeApi.start({ ...request(), on_repeat: repeat }, once.current);
      onStarted(data);
    } catch (cause) {
      // Another mapping is another order.
      once.current = onceKey();
      setRefused(cause);
      setStarting(false);
    }
  };

  const head = (
    <div class="entry-bar">
      <h3 ref={title} tabIndex={-1} class="bring-title">
        {brought.name} <span class="faint">{bytes(brought.size)}</span>
      </h3>
      <button type="button" class="btn btn-s" onClick={onBack}>
        Another file
      </button>
    </div>
  );
  if (failed !== null && !seen) {
    return (
      <>
        {head}
        <div class="form-error" role="alert">
          <Icon name="alert" />
          <div class="form-error-text">
            <p>{failed instanceof ApiError ? failed.detail || failed.title : explain(failed)}</p>
            {failed instanceof ApiError &&
              failed.problems.map((each) => (
                <p key={each.path + each.message}>
                  {each.path && <code>{each.path}</code>} {each.message}
                </p>
              ))}
          </div>
        </div>
      </>
    );
  }
  if (!seen) {
    return (
      <>
        {head}
        <Skeleton rows={8} />
      </>
    );
  }
  return (
    <section aria-label="What an import would do" aria-busy={busy}>
      {head}
      <div class="bring-said">
        <span class="mini tone-active">{SOURCES[seen.source].name}</span>
        <Counts seen={seen} />
      </div>
      {seen.problems.length > 0 && (
        <div class="form-error" role="alert">
          <Icon name="alert" />
          <ul class="form-error-text">
            {seen.problems.map((each) => (
              <li key={each}>{each.replace(/^mapping\./, "").replace(/^: /, "")}</li>
            ))}
          </ul>
        </div>
      )}
      <Mappings seen={seen} said={said} say={say} />
      <Sample seen={seen} />
      <Misfits list={byName(seen)} total={seen.misfit_count} title="What does not fit" />
      {seen.counts.already_here > 0 && (
        <div class="entry-part">
          <h3>
            {plural(seen.counts.already_here, "card")} of it {seen.counts.already_here === 1 ? "is" : "are"}{" "}
            here already
          </h3>
          <Segmented<OnRepeat>
            label="What is here already"
            value={repeat}
            choices={[
              { value: "skip", label: "Leave them as they are" },
              { value: "update", label: "Bring them up to date" },
            ]}
            onChange={setRepeat}
          />
        </div>
      )}
      {refused !== null && (
        <div class="form-error bring-refused" role="alert">
          <Icon name="alert" />
          <span class="pre">{explain(refused)}</span>
        </div>
      )}
      <div class="bring-foot">
        <span class="faint" role="status">
          {busy ? "Looking again…" : "Nothing has been written yet."}
        </span>
        <button
          type="button"
          class="btn btn-primary"
          disabled={starting || busy || seen.problems.length > 0}
          onClick={() => void start()}
        >
          {starting ? "Starting…" : `Import ${plural(seen.counts.tasks, "card")}`}
        </button>
      </div>
    </section>
  );
}
