import "./start.css";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, type StartRun } from "../../api/calls";
import { ApiError } from "../../api/client";
import type { JsonObject, Problem } from "../../api/types";
import { explain } from "../../live/pending";
import { go } from "../../router";
import { agents } from "../../store/agents";
import { putRun } from "../../store/runs";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { Problems } from "../../ui/parts";
import { toast } from "../../ui/toast";

const FIELDS = ["agent", "client_id", "clickup_task_id", "payload"] as const;

/** `payload.website_url` belongs under the payload field; what fits no field is listed on its own. */
function under(problems: Problem[], field: string): Problem[] {
  const start = new RegExp(`^(body\\.|\\$\\.|/)?${field}(\\b|$)`);
  return problems.filter((problem) => start.test(problem.path));
}

function elsewhere(problems: Problem[]): Problem[] {
  const placed = new Set(FIELDS.flatMap((field) => under(problems, field)));
  return problems.filter((problem) => !placed.has(problem));
}

export function readPayload(text: string): { payload: JsonObject | null; problem: Problem | null } {
  if (!text.trim()) return { payload: null, problem: null };
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      return { payload: null, problem: { path: "payload", message: "must be a JSON object: { … }" } };
    }
    return { payload: value as JsonObject, problem: null };
  } catch (cause) {
    return {
      payload: null,
      problem: { path: "payload", message: cause instanceof Error ? cause.message : "is not JSON" },
    };
  }
}

/** The fields the agent's file asks for, as an empty payload to fill in. */
function skeleton(file: string): string | null {
  try {
    const parsed = JSON.parse(file) as { payload_source?: { clickup?: { required_fields?: unknown } } };
    const fields = parsed.payload_source?.clickup?.required_fields;
    if (!Array.isArray(fields) || fields.length === 0) return null;
    return JSON.stringify(Object.fromEntries(fields.map((field) => [String(field), ""])), null, 2);
  } catch {
    return null;
  }
}

export default function StartDialog({
  agent: given,
  onClose,
}: {
  agent: string | null;
  onClose: () => void;
}) {
  const [agent, setAgent] = useState(given ?? "");
  const [client, setClient] = useState("");
  const [task, setTask] = useState("");
  const [text, setText] = useState("");
  const [dry, setDry] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [error, setError] = useState("");
  const [shape, setShape] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  // One key for this dialog: pressing the button twice, or again after a lost answer, starts one run.
  const key = useMemo(
    () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
    [agent, client, task, text, dry],
  );

  useEffect(() => {
    api.agents().then(
      (answer) => {
        agents.value = answer.data;
        setAgent((now) => now || (answer.data[0]?.name ?? ""));
      },
      (cause) => setError(explain(cause)),
    );
  }, []);

  useEffect(() => {
    setShape(null);
    if (!agent) return;
    api.agent(agent).then(
      (answer) => setShape(skeleton(answer.data.file)),
      () => setShape(null),
    );
  }, [agent]);

  const submit = async (event: Event) => {
    event.preventDefault();
    const { payload, problem } = readPayload(text);
    setProblems(problem ? [problem] : []);
    setError("");
    if (problem) return;
    const body: StartRun = { agent, source: "web" };
    if (client.trim()) body.client_id = client.trim();
    if (task.trim()) body.clickup_task_id = task.trim();
    if (payload) body.payload = payload;
    if (dry) body.dry_run = true;
    setBusy(true);
    try {
      const { data: run } = await api.startRun(body, key);
      putRun(run);
      onClose();
      go(`/runs/${run.id}`);
      toast({ kind: "good", title: `${run.display_name || run.agent_name} has started` });
    } catch (cause) {
      setBusy(false);
      if (cause instanceof ApiError && cause.problems.length > 0) {
        setProblems(cause.problems);
        setError(cause.title);
      } else setError(explain(cause));
    }
  };

  const note = (field: string) => {
    const list = under(problems, field);
    return list.length > 0 ? (
      <div id={`start-${field}-problem`}>
        <Problems list={list} />
      </div>
    ) : null;
  };
  const wrong = (field: string) =>
    under(problems, field).length > 0
      ? { "aria-invalid": true, "aria-describedby": `start-${field}-problem` }
      : {};
  const list = agents.value ?? [];
  const others = elsewhere(problems);

  return (
    <Dialog title="Start a run" onClose={onClose} size="m">
      <form
        ref={form}
        onSubmit={submit}
        onKeyDown={(event) => {
          // The payload takes Enter for itself, so a form with it is sent the way editors are.
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
        }}
        class="start"
      >
        <label class="field">
          <span>Agent</span>
          <select
            class="input"
            value={agent}
            required
            onChange={(event) => setAgent(event.currentTarget.value)}
            {...wrong("agent")}
          >
            {list.length === 0 && <option value="">No agents loaded</option>}
            {list.map((each) => (
              <option key={each.name} value={each.name} disabled={each.problems.length > 0}>
                {each.display_name} ({each.engine.replaceAll("_", " ")})
              </option>
            ))}
          </select>
          {note("agent")}
        </label>
        <div class="start-pair">
          <label class="field">
            <span>Client id</span>
            <input
              class="input"
              value={client}
              autocomplete="off"
              placeholder="shamrock-detailing-columbus"
              onInput={(event) => setClient(event.currentTarget.value)}
              {...wrong("client_id")}
            />
            {note("client_id")}
          </label>
          <label class="field">
            <span>ClickUp task</span>
            <input
              class="input"
              value={task}
              autocomplete="off"
              placeholder="tk_abc123"
              onInput={(event) => setTask(event.currentTarget.value)}
              {...wrong("clickup_task_id")}
            />
            {note("clickup_task_id")}
          </label>
        </div>
        <div class="field">
          <div class="field-row">
            <label for="start-payload">Payload, as JSON</label>
            {shape && !text && (
              <button type="button" class="link" onClick={() => setText(shape)}>
                Insert the fields this agent needs
              </button>
            )}
          </div>
          <textarea
            id="start-payload"
            class="input mono"
            rows={7}
            spellcheck={false}
            value={text}
            placeholder={'{ "website_url": "https://…" }'}
            onInput={(event) => setText(event.currentTarget.value)}
            {...wrong("payload")}
          />
          {note("payload")}
        </div>
        <label class="check">
          <input type="checkbox" checked={dry} onChange={(event) => setDry(event.currentTarget.checked)} />
          <span>
            Dry run <span class="faint">shows what would be delivered and sends nothing</span>
          </span>
        </label>
        {error && (
          <div class="form-error" role="alert">
            <Icon name="alert" size={15} />
            <div>
              <span class="pre">{error}</span>
              {others.length > 0 && <Problems list={others} />}
            </div>
          </div>
        )}
        <footer class="dialog-foot">
          <button type="button" class="btn" onClick={onClose}>
            Close
          </button>
          <button type="submit" class="btn btn-primary" disabled={busy || !agent}>
            {busy ? "Starting…" : dry ? "Start a dry run" : "Start"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
