// DEVELOPMENT ONLY. The state behind the fixture server: runs, their logs, approvals, and who listens.
import { HASH, makeAgents, makeDeliveries, makePastRuns, makeWebhooks, newRun, OUTPUTS } from "./data.mjs";
import { long, past, play } from "./script.mjs";

export class World {
  constructor({ runs, pace, live }) {
    const now = Date.now();
    this.pace = pace;
    this.seq = 1000;
    this.agents = makeAgents(now);
    this.runs = new Map();
    this.logs = new Map();
    this.outputs = new Map();
    this.deliveries = new Map();
    this.approvals = new Map();
    this.feed = new Set(); // (seq, run) listeners
    this.tails = new Map(); // run id → listeners
    this.history = [];
    for (const run of makePastRuns(runs, this.agents, now)) {
      this.runs.set(run.id, run);
      const delivered = ["succeeded", "undelivered"].includes(run.outcome);
      this.outputs.set(run.id, delivered ? OUTPUTS : []);
      this.deliveries.set(run.id, delivered ? makeDeliveries(run, run.outcome === "undelivered") : []);
    }
    this.webhooks = makeWebhooks(now, [...this.runs.values()]);
    if (runs > 3) this.bigRun(now);
    if (live) {
      this.start(
        this.agents[0],
        {
          client_id: "shamrock-detailing-columbus",
          client_name: "Shamrock Detailing",
          trigger_source: "clickup_webhook",
          task_id: "tk_abc123",
        },
        false,
      );
      this.start(
        this.agents[2],
        { client_id: "harbor-dental-seattle", client_name: "Harbor Dental", trigger_source: "schedule" },
        true,
        0.02,
      );
    }
    this.decidedApproval(now);
  }

  bigRun(now) {
    const run = newRun("run_big000000", this.agents[1], now - 26 * 3600_000, {
      client_id: "big",
      client_name: "Big Site",
      status: "DONE",
      outcome: "succeeded",
      started_at: new Date(now - 26 * 3600_000).toISOString(),
      ended_at: new Date(now - 25.8 * 3600_000).toISOString(),
      duration_s: 620,
      cost_usd: "2.4900",
      trigger_source: "manual_cli",
    });
    this.runs.set(run.id, run);
    this.logs.set(run.id, long(run, 10_000));
    this.outputs.set(run.id, []);
    this.deliveries.set(run.id, []);
  }

  decidedApproval(now) {
    const run = [...this.runs.values()].at(-1);
    if (!run) return;
    for (const [index, status] of ["allowed", "denied"].entries()) {
      this.approvals.set(`apr_old${index}`, {
        id: `apr_old${index}`,
        run_id: run.id,
        agent_name: "pulse",
        tool_use_id: "t1",
        tool_name: "send_email",
        input: {},
        input_sha256: HASH,
        status,
        created_at: new Date(now - 9e6).toISOString(),
        expires_at: null,
        decided_at: new Date(now - 8e6 + index).toISOString(),
        decided_by: "per_ada",
        decided_by_name: "Ada Admin",
        message: index ? "Not before the client has seen the draft." : null,
      });
    }
  }

  log(run) {
    if (!this.logs.has(run.id)) this.logs.set(run.id, run.ended_at ? past(run) : []);
    return this.logs.get(run.id);
  }

  change(run, part) {
    Object.assign(run, part, { version: run.version + 1 });
    this.seq += 1;
    const copy = { ...run };
    this.history.push([this.seq, copy]);
    for (const tell of this.feed) tell(this.seq, copy);
    for (const tell of this.tails.get(run.id) ?? []) tell({ run: copy });
    return run;
  }

  emit(run, kind, body) {
    const log = this.log(run);
    const event = {
      seq: log.length + 1,
      run_id: run.id,
      kind,
      source_type: kind,
      at: new Date().toISOString(),
      body,
    };
    log.push(event);
    for (const tell of this.tails.get(run.id) ?? []) tell({ event });
    const part = { event_count: log.length, last_event_at: event.at };
    if (kind === "run.state") part.status = body.to;
    if (kind === "cost") part.cost_usd = body.cost_usd;
    if (kind === "progress") part.progress = body;
    this.change(run, part);
  }

  finish(run, status, outcome) {
    const ended = new Date();
    this.emit(run, "run.state", { from: run.status, to: status, reason: outcome });
    this.change(run, {
      outcome,
      ended_at: ended.toISOString(),
      duration_s: (ended - Date.parse(run.started_at)) / 1000,
    });
    for (const tell of this.tails.get(run.id) ?? []) tell({ end: { status, outcome } });
  }

  start(agent, more, withApproval, pace = this.pace) {
    const now = Date.now();
    const id = `run_live${(this.runs.size + 1).toString(36).padStart(4, "0")}${(now % 1e6).toString(36)}`;
    const run = newRun(id, agent, now, {
      started_at: new Date(now).toISOString(),
      session_id: `sess_${id.slice(4)}`,
      ...more,
    });
    this.runs.set(id, run);
    this.logs.set(id, []);
    this.outputs.set(id, []);
    this.deliveries.set(id, []);
    this.change(run, {});
    void play(this, run, pace, withApproval);
    return run;
  }

  addOutput(run, name) {
    const output = OUTPUTS.find((each) => each.name === name);
    if (output) this.outputs.set(run.id, [...this.outputs.get(run.id), output]);
  }

  addDelivery(run, channel) {
    const found = makeDeliveries(run, false).find((each) => each.channel === channel);
    if (found) this.deliveries.set(run.id, [...this.deliveries.get(run.id), found]);
  }

  askApproval(run) {
    const id = `apr_${run.id.slice(4)}`;
    const input = {
      to: ["owner@harbor-dental.example"],
      subject: "Your week in local search",
      body: "Hello Dana,\n\nthree things moved this week …",
      attach: ["status.pdf"],
    };
    this.emit(run, "run.state", {
      from: run.status,
      to: "REQUIRES_ACTION",
      reason: "send_email asks for permission",
    });
    this.approvals.set(id, {
      id,
      run_id: run.id,
      agent_name: run.agent_name,
      tool_use_id: "t_mail",
      tool_name: "send_email",
      input,
      input_sha256: HASH,
      status: "pending",
      created_at: new Date().toISOString(),
      expires_at: new Date(Date.now() + 3.6e6 * 4).toISOString(),
      decided_at: null,
      decided_by: null,
      message: null,
    });
    this.emit(run, "approval", {
      approval_id: id,
      tool_name: "send_email",
      status: "pending",
      decided_by: null,
    });
    this.emit(run, "run.state", { from: "REQUIRES_ACTION", to: "AWAITING_HUMAN", reason: null });
    return new Promise((resolve) => {
      this.approvals.get(id).resolve = resolve;
    });
  }

  decide(approval, status, message) {
    const run = this.runs.get(approval.run_id);
    const { resolve } = approval;
    Object.assign(approval, {
      status,
      message,
      decided_at: new Date().toISOString(),
      decided_by: "per_ada",
      decided_by_name: "Ada Admin",
    });
    delete approval.resolve;
    this.emit(run, "approval", {
      approval_id: approval.id,
      tool_name: approval.tool_name,
      status,
      decided_by: "per_ada",
      decided_by_name: "Ada Admin",
    });
    this.emit(run, "run.state", { from: "AWAITING_HUMAN", to: "STREAMING", reason: status });
    resolve?.();
  }

  redeliver(run, channel) {
    this.change(run, { status: "DELIVERING", ended_at: null });
    setTimeout(() => {
      const again = makeDeliveries(run, false);
      const list = this.deliveries
        .get(run.id)
        .map((each) =>
          !channel || each.channel === channel
            ? (again.find((one) => one.channel === each.channel) ?? each)
            : each,
        );
      this.deliveries.set(run.id, list);
      for (const each of list)
        if (!channel || each.channel === channel)
          this.emit(run, "delivery", {
            channel: each.channel,
            status: "sent",
            detail: "delivered again",
            link: each.link,
          });
      this.change(run, { error: null });
      this.finish(run, "DONE", "succeeded");
    }, this.pace * 3000);
    return run;
  }
}
