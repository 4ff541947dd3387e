// DEVELOPMENT ONLY. Plays a run, event by event, the way the real engine would send it.
import { HOSTILE, makeDeliveries, OUTPUTS, randomFrom, SUMMARY } from "./data.mjs";

const PAGES = [
  "/",
  "/about",
  "/services",
  "/services/ceramic-coating",
  "/services/interior",
  "/columbus-oh",
  "/dublin-oh",
  "/contact",
  "/blog",
  "/blog/winter-care",
];

export function past(run) {
  const events = [];
  let clock = Date.parse(run.created_at);
  const span = Math.max(5000, (run.duration_s ?? 300) * 1000);
  const emit = (kind, body, wait) => {
    clock += wait;
    events.push({
      seq: events.length + 1,
      run_id: run.id,
      kind,
      source_type: kind,
      at: new Date(clock).toISOString(),
      body,
    });
  };
  const steps = [...story(run, Number(run.cost_usd))];
  const unit = span / steps.reduce((sum, step) => sum + step.wait, 1);
  for (const step of steps) if (step.kind) emit(step.kind, step.body, step.wait * unit);
  run.event_count = events.length;
  run.last_event_at = run.ended_at;
  return events;
}

/** A long log, to see that 10,000 events scroll as well as ten. */
export function long(run, count) {
  const events = past(run).slice(0, 4);
  const start = Date.parse(run.created_at);
  for (let n = events.length; n < count; n++) {
    const kind = n % 9 === 0 ? "agent.message" : n % 13 === 0 ? "cost" : n % 2 ? "tool.use" : "tool.result";
    const body = {
      "agent.message": { text: `Checked page ${n}. Nothing unusual so far, going on with the next one.` },
      cost: { cost_usd: (n / 4000).toFixed(4) },
      "tool.use": {
        id: `t${n}`,
        name: "crawl",
        input: { url: `https://big.example/page/${n}` },
        tool_kind: "builtin",
      },
      "tool.result": { id: `t${n - 1}`, is_error: false, text: "200 OK" },
    }[kind];
    events.push({
      seq: n + 1,
      run_id: run.id,
      kind,
      source_type: kind,
      at: new Date(start + n * 60).toISOString(),
      body,
    });
  }
  run.event_count = events.length;
  return events;
}

function* crawl(random, cost) {
  for (const [index, page] of PAGES.entries()) {
    const id = `t${index}`;
    yield {
      kind: "tool.use",
      wait: 1,
      body: {
        id,
        name: index % 4 === 3 ? "parse_schema" : "crawl",
        input: { url: `https://shamrock-detailing.example${page}`, timeout_s: 10 },
        tool_kind: "builtin",
        permission: "always_allow",
      },
    };
    const bad = page === "/dublin-oh";
    yield {
      kind: "tool.result",
      wait: 2 + random() * 2,
      body: {
        id,
        is_error: bad,
        text: bad ? "404 Not Found" : `200 OK · 14 kB · <title>Shamrock Detailing</title>`,
      },
    };
    yield {
      kind: "progress",
      wait: 0,
      body: { done: index + 1, total: PAGES.length, note: `crawling ${page}` },
    };
    if (index % 3 === 2)
      yield {
        kind: "cost",
        wait: 0,
        body: {
          cost_usd: ((cost * (index + 1)) / 14).toFixed(4),
          input_tokens: 12_000 * (index + 1),
          output_tokens: 900 * (index + 1),
        },
      };
  }
}

export function* story(run, cost) {
  const random = randomFrom(11);
  const state = (from, to, reason = null) => ({ kind: "run.state", wait: 1, body: { from, to, reason } });
  yield state("CREATED", "SENDING_KICKOFF");
  yield state("SENDING_KICKOFF", "STREAMING", "session opened");
  yield { kind: "session.status", wait: 1, body: { status: "running" } };
  yield {
    kind: "agent.message",
    wait: 3,
    body: {
      text: `I'll audit **${run.client_name ?? "the client"}** in five modules:\n\n1. Technical and on-page health\n2. Business identity\n3. Service-area coverage\n4. Content and keywords\n5. Competitors\n\nStarting with a crawl of https://shamrock-detailing.example within its robots.txt.`,
    },
  };
  yield* crawl(random, cost);
  yield {
    kind: "agent.message",
    wait: 4,
    body: {
      text: "The crawl is done: 48 pages, 3 of them broken. The phone number in the footer (`614-555-0117`) is not the one on the contact page.",
    },
  };
  yield { kind: "log", wait: 1, body: { stream: "stderr", line: "schema.org: 2 blocks, 1 LocalBusiness" } };
  yield { kind: "log", wait: 0, body: { stream: "stderr", line: "sitemap.xml: 51 urls, 3 not reachable" } };
  yield { kind: "agent.message", wait: 2, body: { text: `One page carries this in its title: ${HOSTILE}` } };
  yield { kind: "unknown", wait: 1, body: { type: "session.weather_changed", raw: { sky: "clear" } } };
  yield { kind: "approval?", wait: 0, body: {} };
  yield {
    kind: "cost",
    wait: 2,
    body: { cost_usd: cost.toFixed(4), input_tokens: 190_000, output_tokens: 14_000 },
  };
  if (run.outcome === "budget_exceeded") {
    yield state("STREAMING", "BUDGET_EXCEEDED", "spent more than max_session_cost_usd");
    yield state("BUDGET_EXCEEDED", "TERMINATED");
    return;
  }
  if (run.outcome === "error") {
    yield {
      kind: "session.error",
      wait: 1,
      body: {
        error_type: "site_unreachable",
        message: "https://mesa-roofing.example did not answer within 30 s",
        retry: "exhausted",
      },
    };
    yield state("STREAMING", "ERROR", "site_unreachable");
    yield state("ERROR", "ALERTED", "told #seo-automation-alerts");
    return;
  }
  if (run.outcome === "cancelled") {
    yield state("STREAMING", "CANCELLING", "cancelled by Ada Admin");
    yield state("CANCELLING", "CANCELLED");
    return;
  }
  yield { kind: "summary", wait: 0, body: SUMMARY };
  yield state("STREAMING", "FETCHING_OUTPUTS", "end_turn");
  if (run.outcome === "empty") {
    yield state("FETCHING_OUTPUTS", "EMPTY", "no output files");
    return;
  }
  for (const output of OUTPUTS)
    yield {
      kind: "output",
      wait: 1,
      body: { name: output.name, media_type: output.media_type, size: output.size_bytes },
    };
  yield state("FETCHING_OUTPUTS", "DELIVERING");
  for (const delivery of makeDeliveries(run, run.outcome === "undelivered")) {
    yield {
      kind: "delivery",
      wait: 3,
      body: {
        channel: delivery.channel,
        status: delivery.status,
        detail: delivery.error,
        link: delivery.link,
      },
    };
  }
  yield state("DELIVERING", run.outcome === "undelivered" ? "UNDELIVERED" : "DONE");
}

/** Plays a story in real time against the world; `pace` is seconds for one unit of waiting. */
export async function play(world, run, pace, withApproval) {
  const sleep = (units) => new Promise((resolve) => setTimeout(resolve, units * pace * 1000));
  for (const step of story({ ...run, outcome: null }, 1.84)) {
    await sleep(step.wait);
    const now = world.runs.get(run.id);
    if (!now || now.status === "CANCELLING" || now.status === "CANCELLED") {
      if (now) world.finish(now, "CANCELLED", "cancelled");
      return;
    }
    if (step.kind === "approval?") {
      if (withApproval) await world.askApproval(now);
      continue;
    }
    if (step.kind === "summary") world.change(now, { summary: step.body });
    if (step.kind === "run.state" && step.body.to === "DONE") {
      world.finish(now, "DONE", "succeeded");
      return;
    }
    if (step.kind === "output") world.addOutput(now, step.body.name);
    if (step.kind === "delivery") world.addDelivery(now, step.body.channel);
    world.emit(now, step.kind, step.body);
  }
}
