import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { freshPlan, readRule, ruleWords, writeRule } from "../src/rooms/settings/recurring/rule";

const SIMPLE = [
  ["FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "weekdays", "every weekday"],
  ["FREQ=DAILY", "daily", "every day"],
  ["FREQ=DAILY;INTERVAL=2", "daily", "every second day"],
  ["FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,TH", "weekly", "every 3 weeks on Monday and Thursday"],
  [
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR",
    "weekly",
    "every second week on Monday, Tuesday, Wednesday, Thursday and Friday",
  ],
  ["FREQ=MONTHLY;BYMONTHDAY=22", "monthday", "on the 22nd of the month"],
  ["FREQ=MONTHLY;BYMONTHDAY=11", "monthday", "on the 11th of the month"],
  ["FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1", "monthday", "every 3 months on the last day"],
  ["FREQ=MONTHLY;BYDAY=-1FR", "monthweek", "on the last Friday of the month"],
  ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "yearly", "every year on 29 February"],
  ["FREQ=DAILY;COUNT=1", "daily", "every day, 1 time"],
  ["FREQ=DAILY;UNTIL=20301231", "daily", "every day, until 31 Dec 2030"],
];

const OWN = [
  "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
  "FREQ=MONTHLY;BYDAY=5FR",
  "FREQ=DAILY;BYHOUR=9,15",
  "FREQ=WEEKLY;BYDAY=MO;UNTIL=20301231T120000Z",
  "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=1",
  "",
];

describe("iCalendar rules as simple choices", () => {
  for (const [rule, kind, words] of SIMPLE) {
    test(rule, () => {
      assert.equal(readRule(rule).plan.kind, kind);
      assert.equal(writeRule(readRule(rule)), rule);
      assert.equal(ruleWords(rule), words);
    });
  }

  test("what is no simple choice stays word for word", () => {
    for (const rule of OWN) {
      assert.equal(readRule(rule).plan.kind, "custom", rule);
      assert.equal(writeRule(readRule(rule)), rule);
    }
  });

  test("spelling does not matter", () => {
    assert.equal(writeRule(readRule("rrule:freq=weekly;byday=mo")), "FREQ=WEEKLY;BYDAY=MO");
  });

  test("a choice begins with the day it starts on", () => {
    assert.deepEqual(freshPlan("weekly", "2026-11-25", ""), { kind: "weekly", every: 1, days: ["WE"] });
    assert.deepEqual(freshPlan("monthweek", "2026-11-25", ""), {
      kind: "monthweek",
      every: 1,
      nth: 4,
      day: "WE",
    });
    assert.deepEqual(freshPlan("monthweek", "2026-11-30", ""), {
      kind: "monthweek",
      every: 1,
      nth: -1,
      day: "MO",
    });
    assert.deepEqual(freshPlan("custom", "2026-11-25", "FREQ=DAILY"), { kind: "custom", text: "FREQ=DAILY" });
    assert.equal(freshPlan("daily", "", "").every, 1);
  });
});
