import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  binned,
  change,
  dayTicks,
  linear,
  niceTicks,
  path,
  quantile,
  spell,
  steps,
} from "../src/rooms/analytics/numbers";
import { among, before, rangeOf } from "../src/rooms/analytics/range";

const TODAY = "2026-11-25";

describe("ticks", () => {
  test("round steps that reach the highest value", () => {
    assert.deepEqual(niceTicks(9), [0, 2.5, 5, 7.5, 10]);
    assert.deepEqual(niceTicks(9, 4, true), [0, 3, 6, 9]);
    assert.deepEqual(niceTicks(1, 4, true), [0, 1]);
    assert.deepEqual(niceTicks(97, 5), [0, 20, 40, 60, 80, 100]);
    assert.deepEqual(niceTicks(0.3, 3), [0, 0.1, 0.2, 0.3]);
  });
  test("nothing to show is still an axis", () => {
    for (const nothing of [0, -1, Number.NaN]) assert.deepEqual(niceTicks(nothing), [0, 1]);
  });
  test("never fewer than the value, never absurdly many", () => {
    for (const max of [0.001, 0.7, 3, 12, 99, 1234, 7.5e6]) {
      const found = niceTicks(max, 4);
      assert.ok(found.at(-1) >= max - 1e-9, `${max}`);
      assert.ok(found.length <= 7, `${max}: ${found}`);
    }
  });
});

describe("days under an axis", () => {
  test("each day, Mondays, or months, as they fit", () => {
    assert.equal(dayTicks("2026-11-23", "2026-11-27", 8).length, 5);
    assert.deepEqual(
      dayTicks("2026-11-01", "2026-11-14", 6).map((each) => each.day.slice(8)),
      ["01", "04", "07", "10", "13"],
    );
    const weeks = dayTicks("2026-10-01", "2026-11-25", 8);
    assert.deepEqual([weeks[0].day, weeks[1].day], ["2026-10-05", "2026-10-12"]);
    const months = dayTicks("2026-01-15", "2027-03-01", 8);
    assert.ok(months.every((each) => each.day.endsWith("-01")));
    assert.ok(months.length <= 8);
    assert.match(months.find((each) => each.day >= "2027").label, / 27$/);
  });
});

describe("spread", () => {
  test("values in bins, the last one open where something lies beyond", () => {
    const found = binned([0.5, 1.2, 1.4, 2.9, 3.1], 4);
    assert.equal(
      found.reduce((sum, each) => sum + each.count, 0),
      5,
    );
    assert.equal(found[0].from, 0);
    const far = binned([...Array.from({ length: 99 }, (_, n) => n / 33), 400], 6);
    assert.equal(far.at(-1).to, Number.POSITIVE_INFINITY);
    assert.equal(
      far.reduce((sum, each) => sum + each.count, 0),
      100,
    );
    assert.ok(far.length < 10);
    assert.deepEqual(binned([]), []);
    assert.equal(
      binned([0, 0]).reduce((sum, each) => sum + each.count, 0),
      2,
    );
  });
  test("quantiles as the server counts them", () => {
    assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
    assert.equal(quantile([7], 0.95), 7);
  });
});

test("scales and lines", () => {
  const y = linear([0, 10], [100, 0]);
  assert.deepEqual([y(0), y(10), y(5)], [100, 0, 50]);
  assert.equal(linear([3, 3], [0, 9])(3), 0);
  const points = [
    { x: 0, y: 1 },
    { x: 10, y: 5 },
  ];
  assert.equal(path(points), "M0 1L10 5");
  assert.equal(steps(points), "M0 1H10V5");
});

test("hours and changes in words", () => {
  assert.deepEqual(
    [spell(null), spell(0.5), spell(5), spell(24), spell(60)],
    ["–", "30 min", "5 h", "24 h", "2.5 days"],
  );
  assert.deepEqual([change(15, 10), change(5, 10), change(5, 0)], [50, -50, null]);
});

describe("the days of the address", () => {
  const of = (text) => rangeOf(new URLSearchParams(text), TODAY);
  test("so many days up to today, or from one to another", () => {
    assert.deepEqual(of(""), { from: "2026-08-28", to: TODAY });
    assert.deepEqual(of("range=30"), { from: "2026-10-27", to: TODAY });
    assert.deepEqual(of("from=2026-01-01&to=2026-01-31"), { from: "2026-01-01", to: "2026-01-31" });
  });
  test("what is no span of days is not taken", () => {
    for (const odd of ["range=7x", "from=2026-02-30&to=2026-03-01", "from=2026-03-02&to=2026-03-01"]) {
      assert.deepEqual(of(odd), of(""));
    }
  });
  test("as long before", () => {
    assert.deepEqual(before({ from: "2026-11-01", to: "2026-11-30" }), {
      from: "2026-10-02",
      to: "2026-10-31",
    });
    assert.deepEqual(before({ from: TODAY, to: TODAY }), { from: "2026-11-24", to: "2026-11-24" });
  });
  test("the filter is asked as it stands", () => {
    assert.deepEqual(among(new URLSearchParams("assigned=kenji,none")), {
      assigned: "kenji,none",
      category: null,
      sprint: null,
    });
  });
});
