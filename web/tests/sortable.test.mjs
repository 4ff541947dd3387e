import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { landing, reordered } from "../src/ui/order";

const ROWS = [0, 40, 80, 120].map((top) => ({ top, height: 40 }));

describe("where a dragged row lands", () => {
  test("it passes a neighbour when its edge passes that one's middle", () => {
    assert.equal(landing(ROWS, 1, 0), 1);
    assert.equal(landing(ROWS, 1, 19), 1);
    assert.equal(landing(ROWS, 1, 21), 2);
    assert.equal(landing(ROWS, 1, -21), 0);
    assert.equal(landing(ROWS, 0, 500), 3);
    assert.equal(landing(ROWS, 3, -500), 0);
  });

  test("rows of different heights", () => {
    const rows = [
      { top: 0, height: 20 },
      { top: 20, height: 100 },
      { top: 120, height: 20 },
    ];
    assert.equal(landing(rows, 0, 49), 0);
    assert.equal(landing(rows, 0, 51), 1);
    assert.equal(landing(rows, 2, -40), 2);
    assert.equal(landing(rows, 2, -51), 1);
  });

  test("the order after a move", () => {
    assert.deepEqual(reordered(["a", "b", "c"], "a", 2), ["b", "c", "a"]);
    assert.deepEqual(reordered(["a", "b", "c"], "c", 0), ["c", "a", "b"]);
    assert.deepEqual(reordered(["a", "b"], "a", 0), ["a", "b"]);
  });
});
