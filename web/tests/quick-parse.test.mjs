import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { completionAt } from "../src/rooms/task/quick-complete";
import { addMonths, dayText, readDay, todayIn } from "../src/rooms/task/quick-dates";
import { parseQuick } from "../src/rooms/task/quick-parse";

// A Wednesday.
const TODAY = "2026-11-25";

const CHOICES = {
  today: TODAY,
  me: "person_ada",
  agents: [
    { id: "kenji", name: "Kenji", emoji: "🔧" },
    { id: "mira", name: "Mira" },
    { id: "maro", name: "Maro" },
    { id: "olga", name: "Olga", retired: true },
  ],
  people: [
    { id: "person_ada", name: "Ada Lovelace" },
    { id: "person_jose", name: "José Núñez" },
    { id: "person_mira", name: "Mira Patel" },
  ],
  categories: [
    { id: "cat_infra", name: "Infrastructure" },
    { id: "cat_content", name: "Content" },
    { id: "cat_client", name: "Client work" },
  ],
  sprints: [
    { id: "sprint_1", name: "Q1 launch", status: "active" },
    { id: "sprint_2", name: "Q2", status: "planned" },
    { id: "sprint_0", name: "Q0", status: "completed" },
  ],
  columns: [
    { key: "todo", name: "To do" },
    { key: "in_progress", name: "In progress" },
  ],
  labels: ["SEO", "needs client"],
};

const parse = (text, asText) => parseQuick(text, CHOICES, asText && new Set(asText));
const title = (text) => parse(text).title;
const due = (text) => parse(text).task.due_date ?? null;

describe("a whole line", () => {
  test("the example of the documentation", () => {
    const { title, task, dependsOn, chips } = parse(
      "Fix sitemap p1 @kenji #infrastructure friday !blocked-by #12 ~3h +seo sprint:q1",
    );
    assert.equal(title, "Fix sitemap");
    assert.deepEqual(task, {
      priority: "p1",
      assigned_agent_id: "kenji",
      category_id: "cat_infra",
      due_date: "2026-11-27",
      estimate: 3,
      labels: ["SEO"],
      sprint_id: "sprint_1",
    });
    assert.deepEqual(dependsOn, [12]);
    assert.deepEqual(
      chips.map((chip) => chip.kind),
      ["priority", "agent", "category", "due", "blocked-by", "estimate", "label", "sprint"],
    );
  });

  test("words anywhere, in any order, leave a clean title", () => {
    assert.equal(title("p2   Write @mira the  tomorrow brief #content"), "Write the brief");
    assert.equal(title("@kenji"), "");
    assert.equal(title(""), "");
  });

  test("further lines are the description", () => {
    const parsed = parse("Fix it p1\r\n\r\nBecause p2 @mira\nwas wrong\n");
    assert.equal(parsed.title, "Fix it");
    assert.equal(parsed.task.priority, "p1");
    assert.equal(parsed.task.description, "Because p2 @mira\nwas wrong");
    assert.equal(parsed.task.assigned_agent_id, undefined);
  });

  test("chips know where they stand", () => {
    const text = "Fix p1 by next friday now";
    for (const chip of parse(text).chips) assert.equal(text.slice(chip.from, chip.to), chip.source);
  });
});

describe("what is only text", () => {
  for (const text of [
    "Upgrade C++ to C+",
    "Mail ada@example.com about it",
    "Look at https://example.com/a#b",
    "See #12 and issue 4",
    "Version 1.2.3 of the p4 page",
    "Marching to the sun",
    "Sat nav page",
    "May page is slow",
    "A ~ B",
    "Ratio 3:2 and time 12:30",
    "Say !important",
  ]) {
    test(text, () => {
      assert.equal(title(text), text);
      assert.deepEqual(parse(text).chips, []);
    });
  }

  test("a backslash keeps a word", () => {
    assert.equal(title("Prepare \\friday call \\p1"), "Prepare friday call p1");
    assert.equal(due("Prepare \\friday call"), null);
  });

  test("a chip that was sent back is a word", () => {
    const parsed = parse("Prepare friday call p1", ["friday"]);
    assert.equal(parsed.title, "Prepare friday call");
    assert.equal(parsed.task.due_date, undefined);
    assert.equal(parsed.task.priority, "p1");
  });

  test("of two days the last counts, the other stays a word", () => {
    const parsed = parse("Send friday report tomorrow");
    assert.equal(parsed.title, "Send friday report");
    assert.equal(parsed.task.due_date, "2026-11-26");
  });
});

describe("signs", () => {
  test("priorities", () => {
    for (const [text, wanted] of [
      ["a p1", "p1"],
      ["a P3", "p3"],
      ["a !2", "p2"],
      ["a !p1", "p1"],
      ["a p1 p3", "p3"],
    ])
      assert.equal(parse(text).task.priority, wanted, text);
    assert.equal(title("p1 then p3"), "p1 then");
  });

  test("agents are assigned, people are accountable", () => {
    assert.equal(parse("a @KENJI").task.assigned_agent_id, "kenji");
    assert.equal(parse("a @ken").task.assigned_agent_id, "kenji");
    assert.equal(parse("a @ada").task.accountable_id, "person_ada");
    assert.equal(parse("a @ada-lovelace").task.accountable_id, "person_ada");
    assert.equal(parse("a @jose").task.accountable_id, "person_jose");
    assert.equal(parse("a @me").task.accountable_id, "person_ada");
    const both = parse("a @kenji @ada").task;
    assert.deepEqual([both.assigned_agent_id, both.accountable_id], ["kenji", "person_ada"]);
  });

  test("an agent of the very name goes before a person of that first name", () => {
    assert.equal(parse("a @mira").task.assigned_agent_id, "mira");
    assert.equal(parse("a @mira-patel").task.accountable_id, "person_mira");
  });

  test("a name nobody or several have is said and stays in the title", () => {
    for (const [name, said] of [
      ["@nobody", /No agent or person is called nobody/],
      ["@olga", /No agent or person/],
      ["@m", /could be Mira, Maro/],
    ]) {
      const parsed = parse(`Ask ${name}`);
      assert.match(parsed.chips[0].problem, said);
      assert.equal(parsed.title, `Ask ${name}`);
      assert.equal(parsed.task.assigned_agent_id, undefined);
    }
  });

  test("categories by name, beginning or later word", () => {
    assert.equal(parse("a #Infra").task.category_id, "cat_infra");
    assert.equal(parse("a #client-work").task.category_id, "cat_client");
    assert.equal(parse("a #work").task.category_id, "cat_client");
    assert.match(parse("a #c").chips[0].problem, /could be Content, Client work/);
    assert.match(parse("a #nothing").chips[0].problem, /No category is called nothing/);
  });

  test("labels are as known, else as typed, each once", () => {
    assert.deepEqual(parse("a +seo +Seo +new/one +needs-client").task.labels, [
      "SEO",
      "new/one",
      "needs client",
    ]);
  });

  test("estimates in hours", () => {
    for (const [text, wanted] of [
      ["~3", 3],
      ["~3h", 3],
      ["~1.5h", 1.5],
      ["~1,5h", 1.5],
      ["~30m", 0.5],
      ["~2d", 16],
      ["~5pts", 5],
    ])
      assert.equal(parse(`a ${text}`).task.estimate, wanted, text);
    assert.equal(parse("a ~9999d").task.estimate, undefined);
    assert.equal(parse("a ~x").task.estimate, undefined);
  });

  test("sprints", () => {
    assert.equal(parse("a sprint:q1").task.sprint_id, "sprint_1");
    assert.equal(parse('a sprint:"Q1 launch" b').task.sprint_id, "sprint_1");
    assert.equal(title('a sprint:"Q1 launch" b'), "a b");
    assert.equal(parse("a sprint:current").task.sprint_id, "sprint_1");
    assert.equal(parse("a sprint:next").task.sprint_id, "sprint_2");
    assert.match(parse("a sprint:q0").chips[0].problem, /No open sprint is called q0/);
    assert.match(parse("a sprint:q").chips[0].problem, /could be/);
  });

  test("columns, clients, brands, parents", () => {
    assert.equal(parse("a status:in_progress").task.status, "in_progress");
    assert.equal(parse("a column:to-do").task.status, "todo");
    assert.equal(parse("a client:acme").task.client_id, "acme");
    assert.equal(parse('a brand:"Acme Paint"').task.brand, "Acme Paint");
    assert.equal(parse("a parent:#7").parent, 7);
    assert.match(parse("a parent:x").chips[0].problem, /by its number/);
  });

  test("blockers, several, each once", () => {
    assert.deepEqual(parse("a !blocked-by #12 #13, #12").dependsOn, [12, 13]);
    assert.deepEqual(parse("a blocked-by:12 blocked-by:#14").dependsOn, [12, 14]);
    assert.match(parse("a !blocked-by soon").chips[0].problem, /by its number/);
    assert.equal(title("a !blocked-by #12 #13 b"), "a b");
  });
});

describe("days", () => {
  for (const [text, wanted] of [
    ["today", "2026-11-25"],
    ["tonight", "2026-11-25"],
    ["tomorrow", "2026-11-26"],
    ["Friday", "2026-11-27"],
    ["fri", "2026-11-27"],
    ["wednesday", "2026-12-02"],
    ["tuesday", "2026-12-01"],
    ["this wednesday", "2026-11-25"],
    ["this sunday", "2026-11-29"],
    ["next monday", "2026-11-30"],
    ["next friday", "2026-12-04"],
    ["next week", "2026-11-30"],
    ["next month", "2026-12-01"],
    ["end of week", "2026-11-27"],
    ["end of month", "2026-11-30"],
    ["in 3 days", "2026-11-28"],
    ["in a week", "2026-12-02"],
    ["in two weeks", "2026-12-09"],
    ["in 1 month", "2026-12-25"],
    ["in 2w", "2026-12-09"],
    ["12 dec", "2026-12-12"],
    ["12 Dec 2027", "2027-12-12"],
    ["dec 12", "2026-12-12"],
    ["December 12 2028", "2028-12-12"],
    ["12th december", "2026-12-12"],
    ["25 nov", "2026-11-25"],
    ["24 nov", "2027-11-24"],
    ["29 feb", "2028-02-29"],
    ["2026-12-01", "2026-12-01"],
    ["2026-2-3", "2026-02-03"],
    ["1.12.", "2026-12-01"],
    ["1.12.2027", "2027-12-01"],
  ]) {
    test(text, () => {
      assert.equal(due(`Send it ${text}`), wanted);
      assert.equal(title(`Send ${text} it`), "Send it");
    });
  }

  test("a word before says which day it is and goes with it", () => {
    for (const word of ["by", "on", "due", "until"]) {
      assert.equal(title(`Send it ${word} friday`), "Send it");
      assert.equal(due(`Send it ${word} sat`), "2026-11-28");
    }
    const both = parse("Run it from monday until next friday").task;
    assert.deepEqual([both.start_date, both.due_date], ["2026-11-30", "2026-12-04"]);
    const keyed = parse("Run it start:monday due:2026-12-04").task;
    assert.deepEqual([keyed.start_date, keyed.due_date], ["2026-11-30", "2026-12-04"]);
    assert.equal(title("Based on data from Mira"), "Based on data from Mira");
  });

  test("days that do not exist are named and nothing is guessed", () => {
    for (const text of ["2026-02-30", "31 nov", "30 feb 2027", "32.1.", "2026-13-01"]) {
      const parsed = parse(`Send ${text}`);
      assert.match(parsed.chips[0]?.problem ?? "", /not in the calendar/, text);
      assert.equal(parsed.task.due_date, undefined);
      assert.equal(parsed.title, `Send ${text}`);
    }
    assert.match(parse("Send in 99999 days").chips[0]?.problem ?? "none", /none|ten years/);
    assert.match(parse("Send in 9999 days").chips[0].problem, /ten years/);
    assert.match(parse("Send due:whenever").chips[0].problem, /not a day/);
  });

  test("ends of months and years", () => {
    assert.equal(addMonths("2026-01-31", 1), "2026-02-28");
    assert.equal(addMonths("2028-01-31", 1), "2028-02-29");
    assert.equal(addMonths("2026-12-31", 2), "2027-02-28");
    assert.equal(readDay(["end", "of", "month"], "2026-12-15")?.day, "2026-12-31");
    assert.equal(readDay(["next", "month"], "2026-12-15")?.day, "2027-01-01");
    assert.equal(readDay(["end", "of", "week"], "2026-11-28")?.day, "2026-12-04");
    assert.equal(readDay(["friday"], "2026-12-31")?.day, "2027-01-01");
  });

  test("every day of a year names the seven that follow it", () => {
    const names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 86_400_000) {
      const today = new Date(ms).toISOString().slice(0, 10);
      const days = new Set(names.map((name) => readDay([name], today).day));
      assert.equal(days.size, 7);
      for (const day of days) {
        const ahead = (Date.parse(day) - Date.parse(today)) / 86_400_000;
        assert.ok(ahead >= 1 && ahead <= 7, `${today} ${day}`);
      }
    }
  });

  test("how days are written, and which day it is where", () => {
    assert.equal(dayText("2026-11-27", TODAY), "Fri 27 Nov");
    assert.equal(dayText("2027-01-01", TODAY), "Fri 1 Jan 2027");
    const late = Date.UTC(2026, 10, 25, 23, 30);
    assert.equal(todayIn("Asia/Tokyo", late), "2026-11-26");
    assert.equal(todayIn("America/New_York", late), "2026-11-25");
    assert.match(todayIn("Not/AZone", late), /^2026-11-2\d$/);
  });
});

describe("completion", () => {
  const at = (text, caret = text.length) => completionAt(text, caret, CHOICES);
  const labels = (text) => at(text)?.offers.map((offer) => offer.label) ?? [];

  test("agents and people after an at-sign, the nearest first", () => {
    assert.deepEqual(labels("Fix @ken"), ["Kenji"]);
    assert.deepEqual(labels("Fix @mir"), ["Mira", "Mira Patel"]);
    assert.ok(!labels("Fix @").includes("Olga"));
  });

  test("what is put in replaces the whole word", () => {
    const text = "Fix @kxx now";
    const found = at(text, "Fix @k".length);
    assert.deepEqual([found.from, found.to], [4, 8]);
    assert.equal(found.offers[0].insert, "@kenji");
  });

  test("categories, labels, sprints, columns, commands", () => {
    assert.deepEqual(labels("a #inf"), ["Infrastructure"]);
    assert.deepEqual(labels("a +se"), ["SEO"]);
    assert.deepEqual(labels("a sprint:"), ["Q1 launch", "Q2"]);
    assert.equal(at("a sprint:la").offers[0].insert, 'sprint:"Q1 launch"');
    assert.deepEqual(labels("a status:in"), ["In progress"]);
    assert.equal(at("a !bl").offers[0].insert, "!blocked-by #");
  });

  test("nothing where there is nothing to complete", () => {
    for (const text of ["", "Fix ", "Fix it", "a@b", "a #12", "Fix @kenji", "Fix @zzz", "a\n@ken"]) {
      assert.equal(at(text), null, JSON.stringify(text));
    }
  });

  test("what is completed is understood", () => {
    for (const begun of ["@", "#", "+", "sprint:", "status:"]) {
      for (const offer of at(`a ${begun}`)?.offers ?? []) {
        const [chip] = parse(`a ${offer.insert}`).chips;
        assert.equal(chip?.problem, undefined, offer.insert);
        assert.ok(chip, offer.insert);
      }
    }
  });
});
