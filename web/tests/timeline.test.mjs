import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  changeOf,
  datesText,
  dueOn,
  extentOf,
  lengthOf,
  problemsOf,
  shifted,
} from "../src/rooms/planning/dates";
import { conflictsOf, layOut, Order, windowOf } from "../src/rooms/planning/timeline/rows";
import {
  DAY_PX,
  dayAt,
  headTicks,
  scaleOf,
  stacked,
  weekends,
  xOf,
} from "../src/rooms/planning/timeline/scale";

// A Wednesday.
const TODAY = "2026-11-25";
const both = { start_date: "2026-11-23", due_date: "2026-11-27" };
const due = { start_date: null, due_date: "2026-11-27" };
const started = { start_date: "2026-11-23", due_date: null };
const span = (more) => ({ id: "a", created: "2026-11-02", ...more });

describe("how a card lies in time", () => {
  test("both dates", () => {
    const extent = extentOf(both, span(), TODAY);
    assert.deepEqual(extent, { start: "2026-11-23", end: "2026-11-27", begins: "set", open: false });
    assert.equal(lengthOf(extent), 5);
  });
  test("a due date alone begins where the card was begun, else where it was made", () => {
    assert.equal(extentOf(due, span({ started: "2026-11-10" }), TODAY).start, "2026-11-10");
    assert.equal(extentOf(due, span({ started: "2026-11-10" }), TODAY).begins, "begun");
    assert.equal(extentOf(due, span(), TODAY).start, "2026-11-02");
    assert.equal(extentOf(due, undefined, TODAY).start, "2026-11-27");
    // Made after it was due: a day long, not the wrong way round.
    assert.equal(extentOf(due, span({ created: "2026-12-09" }), TODAY).start, "2026-11-27");
  });
  test("a start alone goes on until today, or until it was done", () => {
    assert.deepEqual(extentOf(started, span(), TODAY), {
      start: "2026-11-23",
      end: TODAY,
      begins: "set",
      open: true,
    });
    assert.equal(extentOf(started, span({ completed: "2026-11-24" }), TODAY).end, "2026-11-24");
    assert.equal(extentOf({ start_date: "2027-01-04", due_date: null }, span(), TODAY).end, "2027-01-04");
  });
  test("no dates, no bar", () =>
    assert.equal(extentOf({ start_date: null, due_date: null }, span(), TODAY), null));
});

describe("moving", () => {
  const move = (dates, grip, days, more) => shifted(dates, extentOf(dates, span(more), TODAY), grip, days);
  test("the whole bar takes the dates it has along", () => {
    assert.deepEqual(move(both, "whole", 7), { start_date: "2026-11-30", due_date: "2026-12-04" });
    assert.deepEqual(move(due, "whole", -1), { start_date: null, due_date: "2026-11-26" });
    assert.deepEqual(move(started, "whole", 1), { start_date: "2026-11-24", due_date: null });
  });
  test("an end stops at the other", () => {
    assert.deepEqual(move(both, "end", -9), { start_date: "2026-11-23", due_date: "2026-11-23" });
    assert.deepEqual(move(both, "start", 9), { start_date: "2026-11-27", due_date: "2026-11-27" });
    assert.deepEqual(move(started, "end", 3), { start_date: "2026-11-23", due_date: "2026-11-28" });
  });
  test("the soft start of a bar becomes one that is set", () => {
    assert.deepEqual(move(due, "start", 2), { start_date: "2026-11-04", due_date: "2026-11-27" });
  });
  test("across months, years and clocks going back", () => {
    assert.deepEqual(move({ start_date: null, due_date: "2026-10-24" }, "whole", 2).due_date, "2026-10-26");
    assert.deepEqual(move({ start_date: null, due_date: "2026-12-31" }, "whole", 1).due_date, "2027-01-01");
    assert.deepEqual(move({ start_date: null, due_date: "2028-02-28" }, "whole", 1).due_date, "2028-02-29");
  });
  test("due on a day keeps the length", () => {
    assert.deepEqual(dueOn(both, "2026-12-01"), { start_date: "2026-11-27", due_date: "2026-12-01" });
    assert.deepEqual(dueOn(started, "2026-11-20"), { start_date: "2026-11-20", due_date: "2026-11-20" });
  });
  test("only what differs is sent", () => {
    assert.equal(changeOf(both, { ...both }), null);
    assert.deepEqual(changeOf(both, { ...both, due_date: null }), { due_date: null });
  });
  test("what is wrong, and what is said", () => {
    assert.deepEqual(problemsOf({ start_date: "2026-11-27", due_date: "2026-11-26" }), {
      due_date: "lies before the start",
    });
    assert.deepEqual(problemsOf(both), {});
    assert.equal(datesText(both, TODAY), "Mon 23 Nov – Fri 27 Nov");
    assert.equal(datesText(due, TODAY), "due Fri 27 Nov");
  });
});

describe("days and places", () => {
  const scale = scaleOf(["2026-11-01", "2026-12-24"], TODAY, "month");
  test("there and back", () => {
    for (const day of ["2026-10-05", TODAY, "2026-12-31"]) {
      assert.equal(dayAt(scale, xOf(scale, day)), day);
      assert.equal(dayAt(scale, xOf(scale, day) + DAY_PX.month - 1), day);
    }
    assert.equal(dayAt(scale, -50), scale.first);
  });
  test("it begins with a month, well before the first day", () => {
    assert.match(scale.first, /-01$/);
    assert.ok(scale.first < "2026-10-01");
  });
  test("a date in the far future does not make it endless", () => {
    assert.ok(scaleOf(["9999-12-31", "1970-01-01"], TODAY, "week").days < 4000);
  });
  test("the head of each zoom", () => {
    const [months, days] = headTicks(scaleOf([], TODAY, "week"), "2026-11-23", "2026-12-02", TODAY);
    assert.deepEqual(
      months.map((each) => each.label),
      ["November 2026", "December 2026"],
    );
    assert.equal(days[0].label, "Mon 23");
    assert.equal(days.find((each) => each.now).day, TODAY);
    const [quarters, short] = headTicks(scaleOf([], TODAY, "quarter"), TODAY, "2027-01-15", TODAY);
    assert.deepEqual(
      quarters.map((each) => each.label),
      ["Q4 2026", "Q1 2027"],
    );
    assert.deepEqual(
      short.map((each) => each.label),
      ["Nov", "Dec", "Jan"],
    );
  });
  test("weekends", () => {
    const found = weekends(scale, "2026-11-23", "2026-12-01");
    assert.deepEqual(
      found.map((each) => dayAt(scale, each.x)),
      ["2026-11-28"],
    );
  });
  test("spans that overlap lie on several lines", () => {
    const spans = [
      ["01", "10"],
      ["05", "12"],
      ["11", "20"],
    ];
    const days = spans.map(([start, end]) => ({ start: `2026-11-${start}`, end: `2026-11-${end}` }));
    assert.deepEqual(stacked(days), [0, 1, 0]);
  });
});

const card = (number, more) => ({
  id: `c${number}`,
  number,
  priority: "p2",
  status: "todo",
  sprint_id: null,
  assigned_agent_id: null,
  category_id: null,
  start_date: null,
  due_date: null,
  ...more,
});

function laid(cards, more = {}) {
  return layOut({
    cards,
    spans: new Map(),
    today: TODAY,
    by: "agent",
    heads: [
      { key: "kenji", name: "Kenji" },
      { key: "", name: "Nobody" },
    ],
    shut: new Set(),
    isDone: (each) => each.status === "done",
    heights: { group: 30, card: 40 },
    order: new Order(),
    ...more,
  });
}

describe("lines", () => {
  const cards = [
    card(1, { due_date: "2026-12-01" }),
    card(2, { due_date: "2026-11-20", assigned_agent_id: "kenji" }),
    card(3, { due_date: "2026-11-10", assigned_agent_id: "kenji" }),
    card(4, {}),
    card(5, { status: "done" }),
    card(6, { due_date: "2026-11-10", assigned_agent_id: "gone" }),
  ];
  test("groups, order and heights; who has no dates stands aside, unless it is done", () => {
    const found = laid(cards);
    assert.deepEqual(
      found.lines.map((each) => each.key),
      ["group kenji", "c3", "c2", "group ", "c1", "group gone", "c6"],
    );
    assert.deepEqual(
      found.lines.map((each) => each.top),
      [0, 30, 70, 110, 140, 180, 210],
    );
    assert.deepEqual([found.height, found.count], [250, 4]);
    assert.deepEqual(
      found.undated.map((each) => each.id),
      ["c4"],
    );
  });
  test("a closed group shows its head alone, and still counts", () => {
    const found = laid(cards, { shut: new Set(["kenji"]) });
    assert.deepEqual(
      found.lines.slice(0, 2).map((each) => each.key),
      ["group kenji", "group "],
    );
    assert.equal(found.lines[0].count, 2);
  });
  test("what is moved in time stays in its line", () => {
    const order = new Order();
    laid(cards, { order });
    const moved = cards.map((each) => (each.id === "c3" ? { ...each, due_date: "2027-01-01" } : each));
    assert.deepEqual(
      laid(moved, { order })
        .lines.slice(1, 3)
        .map((each) => each.key),
      ["c3", "c2"],
    );
    order.forget();
    assert.deepEqual(
      laid(moved, { order })
        .lines.slice(1, 3)
        .map((each) => each.key),
      ["c2", "c3"],
    );
  });
  test("a window finds its lines, in the middle of thousands too", () => {
    const many = laid(
      Array.from({ length: 5000 }, (_, n) => card(n, { due_date: TODAY })),
      { by: "none", heads: [{ key: "", name: "" }] },
    );
    assert.equal(many.height, 5000 * 40);
    assert.deepEqual(windowOf(many.lines, 100_000, 100_100), [2500, 2503]);
    assert.deepEqual(windowOf(many.lines, -50, 30), [0, 1]);
    assert.deepEqual(windowOf([], 0, 100), [0, 0]);
  });
});

describe("conflicts", () => {
  const all = new Map([
    ["c1", card(1, { due_date: "2026-12-01" })],
    ["c2", card(2, { due_date: "2026-12-01", status: "done" })],
    ["c3", card(3, {})],
  ]);
  const done = (each) => each.status === "done";
  const found = (one, waits) =>
    conflictsOf(one, { id: one.id, created: TODAY, depends_on: waits }, (id) => all.get(id), done).map(
      (each) => each.id,
    );
  test("due before what it waits for, that being open", () => {
    const early = card(9, { due_date: "2026-11-30" });
    assert.deepEqual(found(early, ["c1", "c2", "c3", "unknown"]), ["c1"]);
    assert.deepEqual(found(card(9, { due_date: "2026-12-01" }), ["c1"]), []);
    assert.deepEqual(found(card(9, {}), ["c1"]), []);
    assert.deepEqual(found({ ...early, status: "done" }, ["c1"]), []);
  });
});
