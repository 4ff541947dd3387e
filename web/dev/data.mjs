// DEVELOPMENT ONLY. Invented agents, runs and deliveries for working on the pages without the real server.
// Deterministic: the same numbers every time, so that two screenshots can be compared.

export const HASH = "9f2c4b7e1a8d5c3f6e0b9a7d4c2f1e8b5a3d6c9f0e7b4a1d8c5f2e9b6a3d0c7f";

export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const SENTINEL_FILE = {
  agent_name: "sentinel",
  display_name: "SEO Sentinel",
  description: "Local SEO audit: runs five modules on one client and names the three things to mend first.",
  version: "1.0.0",
  engine: { type: "skill", skill: "local-seo-audit" },
  payload_source: {
    type: "clickup_task",
    clickup: {
      required_fields: [
        "client_id",
        "client_name",
        "business_address",
        "gbp_url",
        "website_url",
        "service_area_cities",
        "seed_keywords",
        "competitors",
      ],
      optional_fields: ["priority_services_ranked", "business_usps"],
    },
  },
  triggers: {
    clickup_webhook: { enabled: true, list_id: "901100", trigger_status: "Ready (Automate)" },
    manual_cli: { enabled: true },
  },
  limits: { max_session_duration_minutes: 60, max_session_cost_usd: 5.0, alert_if_cost_exceeds_usd: 3.0 },
  delivery: {
    slack: { enabled: true, channel: "#seo-automation" },
    clickup: { enabled: true, update_task_status: "Review", post_comment: true, attach_output_files: true },
    google_drive: { enabled: true, folder_template: "/Clients/{client_name}/Audits/" },
  },
};

const at = (now, minutes) => new Date(now - minutes * 60_000).toISOString();

export function makeAgents(now) {
  const agent = (name, display_name, description, engine, triggers, limits, channels, problems = []) => ({
    name,
    display_name,
    description,
    version: 3,
    file_version: "1.0.0",
    engine,
    enabled_triggers: triggers,
    limits,
    channels,
    problems,
    updated_at: at(now, 200),
    file: JSON.stringify({ ...SENTINEL_FILE, agent_name: name, display_name, description }, null, 2),
    versions: [3, 2, 1].map((version) => ({
      version,
      sha256: HASH.slice(version) + HASH.slice(0, version),
      created_at: at(now, 200 + (3 - version) * 2880),
      current: version === 3,
    })),
  });
  const limits = { max_cost_usd: "5.00", max_minutes: 60, alert_usd: "3.00" };
  return [
    agent(
      "sentinel",
      "SEO Sentinel",
      SENTINEL_FILE.description,
      "skill",
      ["clickup_webhook", "manual_cli"],
      limits,
      ["slack", "clickup", "drive"],
    ),
    agent(
      "catalyst",
      "Content Catalyst",
      "Turns an audit into content briefs, one for each city and service without a page.",
      "anthropic_managed",
      ["manual_cli", "schedule"],
      { max_cost_usd: "2.50", max_minutes: 30, alert_usd: "1.50" },
      ["drive", "slack"],
    ),
    agent(
      "pulse",
      "PM Pulse",
      "Writes the weekly status of each client and asks before it sends anything.",
      "anthropic_managed",
      ["schedule"],
      { max_cost_usd: "1.00", max_minutes: 20, alert_usd: "0.60" },
      ["slack"],
    ),
    agent(
      "relay",
      "Revenue Relay",
      "Compares ad spend with booked jobs.",
      "command",
      [],
      { max_cost_usd: null, max_minutes: 10, alert_usd: null },
      ["folder"],
      [
        { path: "limits.max_session_cost_usd", message: 'must be a number above 0, not "five"' },
        { path: "delivery.slack.channel", message: "is missing: name the channel, such as #reports" },
        { path: "triggers.cron.schedule", message: '"every monday" is not a cron expression; try 0 8 * * 1' },
        {
          path: "kickoff_template.prompt",
          message: "uses {client_nmae}, which is not a payload field; did you mean {client_name}?",
        },
      ],
    ),
  ];
}

const CLIENTS = [
  ["shamrock-detailing-columbus", "Shamrock Detailing"],
  ["harbor-dental-seattle", "Harbor Dental"],
  ["mesa-roofing-phoenix", "Mesa Roofing & Solar"],
  ["little-fern-florist", "Little Fern Florist"],
  ["atlas-plumbing-dayton", "Atlas Plumbing"],
  ["north-loop-physio", "North Loop Physiotherapy"],
];

const ENDS = [
  ["DONE", "succeeded"],
  ["DONE", "succeeded"],
  ["DONE", "succeeded"],
  ["DONE", "succeeded"],
  ["UNDELIVERED", "undelivered"],
  ["TERMINATED", "budget_exceeded"],
  ["ALERTED", "error"],
  ["CANCELLED", "cancelled"],
  ["EMPTY", "empty"],
];

const ERRORS = {
  undelivered: {
    kind: "undelivered",
    message:
      "Slack refused the message: channel_not_found. The channel #seo-automation does not exist or the app is not in it.",
  },
  budget_exceeded: { kind: "budget_exceeded", message: "Spent $5.02 of $5.00 and was interrupted." },
  error: {
    kind: "site_unreachable",
    message: "https://mesa-roofing.example did not answer within 30 s (3 tries).",
  },
};

export const SUMMARY = {
  headline: "Strong technical base; city pages and business identity hold the score back.",
  score: 71,
  max_score: 100,
  priorities: [
    { severity: "P1", text: "Four of nine service-area cities have no page of their own." },
    { severity: "P1", text: "The phone number differs between the footer and the contact page." },
    { severity: "P2", text: "LocalBusiness schema is missing openingHours and geo." },
  ],
};

export function newRun(id, agent, now, more = {}) {
  return {
    id,
    agent_name: agent.name,
    display_name: agent.display_name,
    agent_version: agent.version,
    engine: agent.engine,
    status: "CREATED",
    outcome: null,
    trigger_source: "api",
    client_id: null,
    client_name: null,
    task_id: null,
    session_id: null,
    payload_hash: HASH,
    correlation_id: `corr_${id.slice(4)}`,
    created_at: new Date(now).toISOString(),
    started_at: null,
    ended_at: null,
    duration_s: null,
    cost_usd: "0.0000",
    budget_usd: agent.limits.max_cost_usd,
    alert_usd: agent.limits.alert_usd,
    error: null,
    progress: null,
    event_count: 0,
    last_event_at: null,
    summary: null,
    dry_run: false,
    version: 1,
    ...more,
  };
}

export function makePastRuns(count, agents, now) {
  const random = randomFrom(7);
  const runs = [];
  for (let index = 0; index < count; index++) {
    const agent = agents[Math.floor(random() ** 2 * 3)];
    const [client_id, client_name] = CLIENTS[Math.floor(random() * CLIENTS.length)];
    const [status, outcome] =
      ENDS[index < 12 ? [0, 4, 1, 5, 2, 6, 0, 7, 1, 8, 0, 2][index] : Math.floor(random() * ENDS.length)];
    const start = now - (index * index * 0.12 + index * 7 + 14) * 60_000;
    const lasted = 40 + random() * 900;
    const budget = Number(agent.limits.max_cost_usd);
    const cost = outcome === "budget_exceeded" ? budget * 1.004 : budget * random() * 0.8;
    const score = 42 + Math.floor(random() * 55);
    runs.push(
      newRun(`run_${String(100000 - index)}k4v9`, agent, start, {
        status,
        outcome,
        trigger_source: ["clickup_webhook", "manual_cli", "api", "schedule"][Math.floor(random() * 4)],
        client_id,
        client_name,
        task_id: random() > 0.4 ? `tk_${Math.floor(random() * 1e6).toString(36)}` : null,
        session_id: `sess_${Math.floor(random() * 1e9).toString(36)}`,
        started_at: new Date(start + 240).toISOString(),
        ended_at: new Date(start + lasted * 1000).toISOString(),
        duration_s: lasted,
        cost_usd: cost.toFixed(4),
        error: ERRORS[outcome] ?? null,
        summary: outcome === "succeeded" || outcome === "undelivered" ? { ...SUMMARY, score } : null,
        dry_run: index === 7,
        version: 40,
      }),
    );
  }
  return runs;
}

export const OUTPUTS = [
  { id: "out_html", name: "sentinel-audit-shamrock.html", media_type: "text/html", title: "Audit report" },
  { id: "out_md", name: "sentinel-audit-shamrock.md", media_type: "text/markdown", title: "Audit, as text" },
  {
    id: "out_json",
    name: "sentinel-audit-shamrock.json",
    media_type: "application/json",
    title: "Audit data",
  },
  { id: "out_bin", name: "raw-pages.zip", media_type: "application/zip", title: null },
].map((each, index) => ({
  ...each,
  size_bytes: [48_211, 9120, 31_877, 1_204_332][index],
  sha256: HASH,
  created_at: new Date().toISOString(),
}));

// What a hostile site could get into a report. The page must show it as text and run none of it.
export const HOSTILE =
  '<script>window.__hurt = 1</script><img src=x onerror="window.__hurt = 1"> [click](javascript:window.__hurt=1)';

export const PREVIEWS = {
  out_html: `<!doctype html><title>Report</title><body style="font:15px sans-serif;padding:28px;color:#111;background:#fff"><h1>Audit of Shamrock Detailing</h1><p>Score 71 of 100.</p><script>parent.__hurt = 1; document.body.textContent = "script ran"</script></body>`,
  out_md: `<!doctype html><title>Audit</title><body style="font:15px sans-serif;padding:28px;color:#111;background:#fff"><h1>Audit</h1><p>&lt;script&gt;window.__hurt = 1&lt;/script&gt;</p></body>`,
  out_json: `<!doctype html><title>Data</title><body style="color:#111;background:#fff"><pre>{ "score": 71 }</pre></body>`,
};

export function makeDeliveries(run, failed) {
  const when = run.ended_at ?? new Date().toISOString();
  const item = (id, kind, label, more = {}) => ({
    id,
    kind,
    label,
    status: "sent",
    receipt: null,
    link: null,
    error: null,
    sent_at: when,
    ...more,
  });
  return [
    {
      id: `dlv_drive_${run.id}`,
      channel: "drive",
      status: "sent",
      attempts: 1,
      error: null,
      link: "https://drive.example/folders/1Aq",
      updated_at: when,
      items: OUTPUTS.slice(0, 3).map((each) =>
        item(`it_${each.id}`, "file", each.name, {
          receipt: "1AqXw-9",
          link: "https://drive.example/file/1AqXw-9",
        }),
      ),
    },
    {
      id: `dlv_clickup_${run.id}`,
      channel: "clickup",
      status: "sent",
      attempts: 2,
      error: null,
      link: "https://clickup.example/t/tk_abc123",
      updated_at: when,
      items: [
        item("it_c", "comment", "Comment with the summary", { receipt: "90110042" }),
        item("it_s", "status", "Status set to Review"),
        item("it_a", "attachment", "sentinel-audit-shamrock.md", { receipt: "att_77" }),
      ],
    },
    failed
      ? {
          id: `dlv_slack_${run.id}`,
          channel: "slack",
          status: "failed",
          attempts: 2,
          error: "channel_not_found: #seo-automation does not exist or the app is not in it.",
          link: null,
          updated_at: when,
          items: [
            item("it_m", "message", "Message to #seo-automation", {
              status: "failed",
              sent_at: null,
              error: "channel_not_found",
            }),
          ],
        }
      : {
          id: `dlv_slack_${run.id}`,
          channel: "slack",
          status: "sent",
          attempts: 1,
          error: null,
          link: "https://slack.example/archives/C1/p17",
          updated_at: when,
          items: [
            item("it_m", "message", "Message to #seo-automation", {
              receipt: "1763720012.0042",
              link: "https://slack.example/archives/C1/p17",
            }),
          ],
        },
  ];
}

export function makeWebhooks(now, runs) {
  const verdicts = [
    ["accepted", 200, "Task moved to Ready (Automate)"],
    ["duplicate", 200, "The same status change started a run before"],
    ["ignored", 200, "The status changed to In progress, not to Ready (Automate)"],
    ["refused", 403, "X-Signature does not match the body"],
    ["missing_fields", 200, "The task lacks website_url and seed_keywords; it was set to Blocked"],
  ];
  return Array.from({ length: 64 }, (_, index) => {
    const [verdict, status_code, reason] =
      verdicts[index % 5 === 3 && index > 10 ? 0 : index % verdicts.length];
    const run = verdict === "accepted" || verdict === "duplicate" ? runs[index % runs.length]?.id : null;
    return {
      id: `whd_${9000 - index}`,
      source: "clickup",
      agent: "sentinel",
      received_at: at(now, 6 + index * 23),
      verdict,
      status_code,
      reason,
      run_id: run ?? null,
      replays: 0,
      headers: { "content-type": "application/json", "x-signature": HASH, "user-agent": "ClickUp/1.0" },
      body: JSON.stringify({
        event: "taskStatusUpdated",
        task_id: `tk_abc${index}`,
        webhook_id: "4b67ac88",
        history_items: [
          {
            id: "2800763136717140857",
            field: "status",
            before: { status: "to do" },
            after: { status: "Ready (Automate)" },
          },
        ],
      }),
    };
  });
}
