// Each part of a mapping as rows: what the source says, what it may become, and what was chosen.
import type { ComponentChildren } from "preact";
import type { ColumnKind, PersonRef, RosterAgent } from "../../../api/board";
import { categories, columns, customFields, sprints } from "../../../store/board";
import { words } from "../../../ui/format";
import type { Choice } from "../../../ui/picker";
import type { PartProps } from "./mappings";

export interface MapRow {
  key: string;
  name: string;
  note: string;
  value: string;
  choices: Choice[];
  /** Nothing here was recognised: worth a look before it is brought. */
  doubtful: boolean;
  set: (value: string) => void;
  extra?: ComponentChildren;
}

const NEW = "new";
const NONE = "none";
const KINDS: [ColumnKind, string][] = [
  ["todo", "to do"],
  ["active", "in work"],
  ["review", "in review"],
  ["done", "done"],
  ["blocked", "blocked"],
];

const slug = (name: string) =>
  name
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 40) || "column";

export function columnRows({ seen, said, say }: PartProps): MapRow[] {
  const here = columns.value.map((each) => ({ value: each.key, label: each.name, color: each.color }));
  return seen.columns.map((each) => {
    const choice = seen.mapping.columns[each.key] ?? { key: "" };
    const made = choice.create && !here.some((one) => one.value === choice.key);
    const fresh = KINDS.map(([kind, name]) => ({
      value: `${NEW}:${kind}`,
      label: `A new column “${each.name}”`,
      hint: name,
    }));
    return {
      key: each.key,
      name: each.name,
      note: each.kind ? `says it is ${each.kind}` : "",
      value: made ? `${NEW}:${choice.kind ?? "active"}` : choice.key,
      choices: [...here, ...fresh],
      doubtful: Boolean(made),
      set: (value: string) => {
        const kind = value.startsWith(`${NEW}:`) ? (value.slice(4) as ColumnKind) : null;
        const key = made ? choice.key : slug(each.name);
        const next = kind ? { key, create: true, name: each.name.slice(0, 60), kind } : { key: value };
        say("columns", { ...said.columns, [each.key]: next });
      },
    };
  });
}

export function peopleRows(
  { seen, said, say }: PartProps,
  agents: RosterAgent[],
  members: PersonRef[],
): MapRow[] {
  const choices: Choice[] = [
    { value: NONE, label: "Nobody" },
    ...members.map((each) => ({ value: `person:${each.id}`, label: each.name, hint: "accountable" })),
    ...agents
      .filter((each) => !each.retired)
      .map((each) => ({ value: `agent:${each.id}`, label: each.name, mark: each.emoji, hint: "agent" })),
  ];
  // Who was not recognised stands first: with them there is something to do.
  const unknown = (key: string) => {
    const choice = seen.mapping.people[key];
    return said.people?.[key] === undefined && !choice?.agent_id && !choice?.person_id;
  };
  const ordered = [...seen.people].sort((a, b) => Number(unknown(b.key)) - Number(unknown(a.key)));
  return ordered.map((each) => {
    const choice = seen.mapping.people[each.key];
    const value = choice?.agent_id
      ? `agent:${choice.agent_id}`
      : choice?.person_id
        ? `person:${choice.person_id}`
        : NONE;
    return {
      key: each.key,
      name: each.name,
      note: [each.email && each.email !== each.name ? each.email : "", each.is_agent ? "an agent there" : ""]
        .filter(Boolean)
        .join(" · "),
      value,
      choices,
      doubtful: value === NONE && said.people?.[each.key] === undefined,
      set: (to: string) => {
        const [kind, ...rest] = to.split(":");
        const id = rest.join(":");
        const next = kind === "agent" ? { agent_id: id } : kind === "person" ? { person_id: id } : {};
        say("people", { ...said.people, [each.key]: next });
      },
    };
  });
}

export function fieldRows({ seen, said, say }: PartProps): MapRow[] {
  return seen.fields.map((each) => {
    const choice = seen.mapping.fields[each.key] ?? {};
    const fitting = customFields.value.filter((one) => one.kind === each.kind || one.kind === "text");
    const made = Boolean(
      choice.create && choice.key && !customFields.value.some((one) => one.key === choice.key),
    );
    const fresh = { value: NEW, label: `A new field “${each.name}”`, hint: each.kind };
    return {
      key: each.key,
      name: each.name,
      note: each.options.length > 0 ? `${each.kind}: ${each.options.slice(0, 4).join(", ")}` : each.kind,
      value: made ? NEW : (choice.key ?? NONE),
      choices: [
        { value: NONE, label: "Leave it out" },
        fresh,
        ...fitting.map((one) => ({ value: one.key, label: one.name, hint: one.kind })),
      ],
      doubtful: false,
      set: (value: string) => {
        const next =
          value === NONE
            ? { key: null }
            : value === NEW
              ? {
                  key: made ? (choice.key ?? null) : slug(each.name),
                  create: true,
                  name: each.name.slice(0, 80),
                  kind: each.kind,
                  options: each.options,
                }
              : { key: value };
        say("fields", { ...said.fields, [each.key]: next });
      },
    };
  });
}

export function sprintRows({ seen, said, say }: PartProps): MapRow[] {
  return seen.sprints.map((each) => {
    const choice = seen.mapping.sprints[each.key] ?? {};
    const days = each.start && each.end ? `${each.start} – ${each.end}` : "";
    const value = choice.sprint_id ?? (choice.create ? NEW : NONE);
    return {
      key: each.key,
      name: each.name,
      note: days || "without days",
      value,
      choices: [
        { value: NONE, label: "No sprint" },
        ...(days ? [{ value: NEW, label: `A new sprint “${each.name}”` }] : []),
        ...sprints.value.map((one) => ({
          value: one.id,
          label: one.name,
          hint: `${one.start_date} – ${one.end_date}`,
        })),
      ],
      doubtful: value === NONE && said.sprints?.[each.key] === undefined,
      set: (to: string) => {
        const next = to === NONE ? {} : to === NEW ? { create: true } : { sprint_id: to };
        say("sprints", { ...said.sprints, [each.key]: next });
      },
    };
  });
}

export function categoryRows({ seen, said, say }: PartProps): MapRow[] {
  return Object.entries(seen.mapping.categories).map(([name, choice]) => ({
    key: name,
    name,
    note: "",
    value: choice.category_id ? `is:${choice.category_id}` : choice.label ? NEW : NONE,
    choices: [
      { value: NONE, label: "Leave it out" },
      { value: NEW, label: `The label “${name}”` },
      ...categories.value.map((each) => ({ value: `is:${each.id}`, label: each.name, color: each.color })),
    ],
    doubtful: false,
    set: (to: string) => {
      const next =
        to === NONE ? {} : to === NEW ? { label: name.slice(0, 60) } : { category_id: to.slice(3) };
      say("categories", { ...said.categories, [name]: next });
    },
  }));
}

const TARGETS = [
  "title",
  "description",
  "status",
  "priority",
  "people",
  "labels",
  "category",
  "sprint",
  "start",
  "due",
  "estimate",
  "parent",
  "depends_on",
  "id",
  "created_at",
  "started_at",
  "completed_at",
  "archived",
  "author",
  "comment",
  "links",
  "blocked_reason",
  "client_id",
  "brand",
  "sprint_start",
  "sprint_end",
  "sprint_number",
];
const TARGET_NAMES: Record<string, string> = {
  status: "Column",
  people: "People",
  due: "Due date",
  start: "Start date",
  depends_on: "Waits for",
  parent: "Part of",
  id: "Id at the source",
  client_id: "Client",
  author: "Made by",
};

export function headingRows({ seen, said, say }: PartProps): MapRow[] {
  const choices: Choice[] = [
    { value: "ignore", label: "Leave it out" },
    { value: "field", label: "A custom field" },
    ...TARGETS.map((each) => ({ value: each, label: TARGET_NAMES[each] ?? words(each) })),
  ];
  return seen.headings.map((each) => ({
    key: each.heading,
    name: each.heading || "(no heading)",
    note: each.samples.filter(Boolean).slice(0, 3).join(" · "),
    value: each.target,
    choices,
    doubtful: false,
    set: (to: string) => say("headings", { ...said.headings, [each.heading]: to }),
  }));
}
