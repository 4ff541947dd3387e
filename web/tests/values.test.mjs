import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { joined, parted } from "../src/api/values.ts";

describe("several values in one text", () => {
  test("a comma parts them, a backslash keeps one", () => {
    assert.deepEqual(parted(" a , ,b"), ["a", "b"]);
    assert.deepEqual(parted("Berlin\\, Mitte,c"), ["Berlin, Mitte", "c"]);
    assert.deepEqual(parted("back\\slash,a\\\\b"), ["back\\slash", "a\\b"]);
    assert.deepEqual(parted(null), []);
  });

  test("what was joined is parted again", () => {
    for (const values of [["a"], ["a,b", "c"], ["\\", "\\,", ",\\"], ["x, y", "a\\b"], []]) {
      assert.deepEqual(parted(joined(values)), values);
    }
  });
});
