// DEVELOPMENT ONLY: a stand-in that speaks the server's API with invented data, so that the pages can be
// worked on and their behaviour tested without the real server. Never shipped, never part of a release.
//   node dev/server.mjs --port 8787 --runs 60 --pace 0.4 [--empty] [--quiet]
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { PREVIEWS } from "./data.mjs";
import { World } from "./world.mjs";

const flag = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const has = (name) => process.argv.includes(`--${name}`);
const DIST = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const CSP =
  "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".json": "application/json",
};
const EMAIL = "ada@example.com";
const PASSWORD = "correct horse";

const world = new World({
  runs: has("empty") ? 0 : Number(flag("runs", 60)),
  pace: Number(flag("pace", 0.4)),
  live: !has("empty") && !has("quiet"),
});
if (has("empty")) {
  world.agents = [];
  world.webhooks = [];
}
let sessions = new Set();

class Refusal extends Error {
  constructor(status, title, detail, errors = []) {
    super(title);
    Object.assign(this, { status, title, detail, errors });
  }
}

function answer(response, status, body, headers = {}) {
  const problem = status >= 400;
  response.writeHead(status, {
    "content-type": problem ? "application/problem+json" : "application/json",
    "cache-control": "no-store",
    ...headers,
  });
  response.end(JSON.stringify(body));
}

const ok = (response, data, meta = {}, status = 200, headers = {}) =>
  answer(response, status, { success: true, data, meta }, headers);

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString();
  return text ? JSON.parse(text) : {};
}

function page(list, query) {
  const limit = Math.min(500, Number(query.get("limit") ?? 50));
  const offset = Number(query.get("offset") ?? 0);
  return [list.slice(offset, offset + limit), { total: list.length, limit, offset, seq: world.seq }];
}

function listRuns(query) {
  const wanted = (query.get("status") ?? "").split(",").filter(Boolean);
  const search = (query.get("search") ?? "").toLowerCase();
  const sort = query.get("sort") ?? "-started_at";
  const field = sort.replace("-", "");
  const value = (run) =>
    field === "started_at" ? Date.parse(run.started_at ?? run.created_at) : Number(run[field] ?? 0);
  return [...world.runs.values()]
    .filter((run) => wanted.length === 0 || wanted.includes(run.status))
    .filter((run) =>
      ["agent:agent_name", "client:client_id", "trigger:trigger_source"].every((pair) => {
        const [name, key] = pair.split(":");
        return !query.get(name) || run[key] === query.get(name);
      }),
    )
    .filter(
      (run) =>
        !search ||
        [run.id, run.display_name, run.client_name, run.client_id, run.task_id].some((each) =>
          each?.toLowerCase().includes(search),
        ),
    )
    .sort((a, b) => (sort.startsWith("-") ? value(b) - value(a) : value(a) - value(b)));
}

function detail(run) {
  return {
    ...run,
    outputs: world.outputs.get(run.id) ?? [],
    deliveries: world.deliveries.get(run.id) ?? [],
    approvals: [...world.approvals.values()].filter((each) => each.run_id === run.id),
    trigger_detail: {
      source: run.trigger_source,
      ref: run.task_id ? `${run.task_id}:2800763136717140857` : null,
      actor_name: run.trigger_source === "clickup_webhook" ? null : "Ada Admin",
      received_at: run.created_at,
      webhook_delivery_id: run.trigger_source === "clickup_webhook" ? world.webhooks[0]?.id : null,
      payload: {
        client_id: run.client_id,
        client_name: run.client_name,
        website_url: "https://shamrock-detailing.example",
        service_area_cities: ["Columbus", "Dublin", "Westerville"],
        seed_keywords: ["mobile detailing", "ceramic coating columbus"],
        competitors: [{ name: "Buckeye Shine", url: "https://buckeye.example" }],
      },
    },
  };
}

function stream(request, response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(": hello\n\n");
  const beat = setInterval(() => response.write(": hb\n\n"), 15_000);
  const send = (event, data, id) =>
    response.write(`${id ? `id: ${id}\n` : ""}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const onClose = (stop) =>
    request.on("close", () => {
      clearInterval(beat);
      stop();
    });
  return { send, onClose };
}

function feed(request, response) {
  const { send, onClose } = stream(request, response);
  const after = Number(request.headers["last-event-id"] ?? world.seq);
  for (const [seq, run] of world.history) if (seq > after) send("run", run, seq);
  const tell = (seq, run) => send("run", run, seq);
  world.feed.add(tell);
  onClose(() => world.feed.delete(tell));
}

function tail(request, response, run) {
  const { send, onClose } = stream(request, response);
  const after = Number(request.headers["last-event-id"] ?? 0);
  for (const event of world.log(run)) if (event.seq > after) send("run_event", event, event.seq);
  send("run", run);
  if (run.ended_at) {
    send("end", { status: run.status, outcome: run.outcome });
    response.end();
    return;
  }
  const tell = ({ event, run: row, end }) => {
    if (event) send("run_event", event, event.seq);
    if (row) send("run", row);
    if (end) {
      send("end", end);
      response.end();
    }
  };
  const tails = world.tails.get(run.id) ?? new Set();
  world.tails.set(run.id, tails.add(tell));
  onClose(() => tails.delete(tell));
}

function startRun(body) {
  const agent = world.agents.find((each) => each.name === body.agent);
  const errors = [];
  if (!agent) errors.push({ path: "agent", message: `there is no agent called "${body.agent}"` });
  if (!body.payload && !body.client_id && !body.clickup_task_id)
    errors.push({ path: "client_id", message: "give a client id, a ClickUp task or a payload" });
  if (body.payload && !body.payload.website_url)
    errors.push({ path: "payload.website_url", message: "is missing: the address of the site to audit" });
  if (body.payload && !Array.isArray(body.payload.seed_keywords))
    errors.push({ path: "payload.seed_keywords", message: "must be a list of words" });
  if (errors.length > 0)
    throw new Refusal(
      422,
      "The run was not started",
      `${errors.length} things are wrong with the request.`,
      errors,
    );
  return world.start(
    agent,
    {
      client_id: body.client_id ?? null,
      client_name: body.payload?.client_name ?? null,
      task_id: body.clickup_task_id ?? null,
      dry_run: body.dry_run === true,
      trigger_source: "web",
    },
    false,
  );
}

async function runRoutes(request, response, parts, query) {
  const [, id, verb] = parts;
  if (!id) {
    if (request.method === "POST") return ok(response, startRun(await bodyOf(request)), {}, 201);
    const [data, meta] = page(listRuns(query), query);
    return ok(response, data, meta);
  }
  const run = world.runs.get(id);
  if (!run) throw new Refusal(404, "Not found", `There is no run ${id}.`);
  if (!verb) return ok(response, detail(run));
  if (verb === "log") {
    const after = Number(query.get("after") ?? 0);
    return ok(response, world.log(run).slice(after, after + Number(query.get("limit") ?? 500)));
  }
  if (verb === "events") return tail(request, response, run);
  const body = await bodyOf(request);
  if (verb === "cancel") {
    if (run.ended_at)
      throw new Refusal(409, "Already over", "This run has ended; there is nothing to cancel.");
    return ok(response, world.change(run, { status: "CANCELLING" }));
  }
  if (verb === "rerun")
    return ok(
      response,
      world.start(
        world.agents.find((each) => each.name === run.agent_name),
        { client_id: run.client_id, client_name: run.client_name, trigger_source: "rerun" },
        false,
      ),
      {},
      201,
    );
  if (verb === "redeliver") {
    if (body.channel === "drive")
      throw new Refusal(409, "Not delivered again", "Drive already has every file of this run.");
    return ok(response, world.redeliver(run, body.channel));
  }
  throw new Refusal(404, "Not found", "No such address.");
}

const ACTOR = { id: "per_ada", kind: "person", name: "Ada Admin", email: EMAIL, role: "super_admin" };

async function session(request, response) {
  if (request.method === "DELETE") {
    sessions = new Set();
    return ok(response, null, {}, 200, { "set-cookie": "fixture=; Max-Age=0; Path=/" });
  }
  const body = await bodyOf(request);
  if (body.email !== EMAIL || body.password !== PASSWORD)
    throw new Refusal(401, "Not signed in", "Wrong e-mail or password.");
  const token = `s${Math.random().toString(36).slice(2)}`;
  sessions.add(token);
  return ok(response, { person: ACTOR, csrf_token: "fixture-csrf" }, {}, 200, {
    "set-cookie": `fixture=${token}; Path=/; HttpOnly; SameSite=Strict`,
  });
}

function check(request) {
  const token = /fixture=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
  if (!token || !sessions.has(token)) throw new Refusal(401, "Sign in first", "There is no session.");
  if (request.method !== "GET" && request.headers["x-csrf-token"] !== "fixture-csrf")
    throw new Refusal(403, "CSRF token missing", "Send X-CSRF-Token.");
}

function artifact(response, id, view) {
  if (view === "preview") {
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    });
    return response.end(PREVIEWS[id] ?? "<p>No preview</p>");
  }
  response.writeHead(200, { "content-disposition": 'attachment; filename="output.txt"' });
  return response.end("the file");
}

async function approvals(request, response, [, id, verdict], query) {
  if (!id) {
    const list = [...world.approvals.values()].filter(
      (each) => !query.get("status") || each.status === query.get("status"),
    );
    const [data, meta] = page(list, query);
    return ok(response, data, meta);
  }
  const approval = world.approvals.get(id);
  if (!approval) throw new Refusal(404, "Not found", `There is no approval ${id}.`);
  if (approval.status !== "pending")
    throw new Refusal(409, "Already decided", `${approval.decided_by} has ${approval.status} it.`);
  const body = await bodyOf(request);
  world.decide(approval, verdict === "allow" ? "allowed" : "denied", body.message ?? null);
  return ok(response, approval);
}

async function api(request, response, url) {
  const parts = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  const [, room, id, verb] = parts;
  const query = url.searchParams;
  if (room === "session" && request.method === "POST") return session(request, response);
  if (room === "expire") {
    sessions = new Set();
    return ok(response, null);
  }
  check(request);
  if (room === "session") return session(request, response);
  if (room === "me")
    return ok(response, {
      actor: ACTOR,
      organization: { id: "org_1", name: "SEO Navigator" },
      instance: { id: "ins_1", name: "production" },
      projects: [],
      csrf_token: "fixture-csrf",
    });
  if (room === "runs") return runRoutes(request, response, parts.slice(1), query);
  if (room === "artifacts") return artifact(response, id, verb);
  if (room === "feed") return feed(request, response);
  if (room === "approvals") return approvals(request, response, parts.slice(1), query);
  if (room === "agents") {
    if (!id)
      return ok(
        response,
        world.agents.map(({ file, versions, ...agent }) => agent),
      );
    const agent = world.agents.find((each) => each.name === id);
    if (!agent) throw new Refusal(404, "Not found", `There is no agent ${id}.`);
    return ok(response, agent);
  }
  if (room === "webhook-deliveries") {
    if (!id) {
      const [data, meta] = page(
        world.webhooks.filter((each) => !query.get("verdict") || each.verdict === query.get("verdict")),
        query,
      );
      return ok(response, data, meta);
    }
    const found = world.webhooks.find((each) => each.id === id);
    if (!found) throw new Refusal(404, "Not found", `There is no delivery ${id}.`);
    if (verb === "replay") found.replays += 1;
    return ok(response, found);
  }
  throw new Refusal(404, "Not found", "No such address.");
}

function file(response, path) {
  const wanted = join(DIST, normalize(path));
  const found =
    wanted.startsWith(DIST) && existsSync(wanted) && statSync(wanted).isFile()
      ? wanted
      : join(DIST, "index.html");
  response.writeHead(200, {
    "content-type": TYPES[extname(found)] ?? "application/octet-stream",
    "content-security-policy": CSP,
    "cache-control": found.includes("/assets/") ? "max-age=31536000, immutable" : "no-cache",
  });
  createReadStream(found).pipe(response);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  try {
    if (url.pathname.startsWith("/api/")) await api(request, response, url);
    else file(response, url.pathname);
  } catch (cause) {
    const status = cause instanceof Refusal ? cause.status : 500;
    if (status === 500) console.error(cause);
    answer(response, status, {
      success: false,
      type: "about:blank",
      title: cause.title ?? "Fault",
      status,
      detail: cause.detail ?? String(cause),
      errors: cause.errors ?? [],
    });
  }
});

server.listen(Number(flag("port", 8787)), "127.0.0.1", () => {
  console.log(`fixture server on http://127.0.0.1:${server.address().port}  (${EMAIL} / ${PASSWORD})`);
});
