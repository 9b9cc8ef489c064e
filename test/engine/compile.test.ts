import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { functionName, parseAnswers } from "../../src/engine/session/ask.ts";
import { answerPattern } from "../../src/engine/session/compile-step.ts";
import { matches } from "../../src/model/answer.ts";

/** What the runner decides in sh has to be what `matches` decides here. */
const CASES: readonly (readonly [string, string])[] = [
  ["absent", "absent"],
  ["absent", "file mode=644"],
  ["file mode=644 sha256=*", "file mode=644 sha256=abc"],
  ["file mode=644 sha256=*", "file mode=600 sha256=abc"],
  ["*", "anything at all"],
  ["a x='it' y=$(id)", "a x='it' y=$(id)"],
  ["a x=[0-9]?", "a x=5z"],
  ["a x=\\", "a x=\\"],
  ["container id=* owner=me ip=10.0.0.1", "container id=12ab owner=me ip=10.0.0.1"],
  ["container id=* owner=me", "container id=12ab owner=you"],
];

test.each(["sh", "bash", "busybox sh"])("%s matches answers as the client does", (shell) => {
  for (const [promised, actual] of CASES) {
    const script = `case $1 in ${answerPattern(promised)}) printf yes ;; *) printf no ;; esac`;
    const [command = "sh", ...args] = shell.split(" ");
    const said = execFileSync(command, [...args, "-c", script, "x", actual], { encoding: "utf8" });
    expect([promised, actual, said]).toEqual([promised, actual, matches(promised, actual) ? "yes" : "no"]);
  }
});

test("a kind of question that could be anything but a function's name is refused", () => {
  expect(functionName("apt-lists")).toBe("apt_lists");
  for (const kind of ["", "a b", "a;b", "$(x)", "A", "-a"]) expect(() => functionName(kind)).toThrow(RangeError);
});

test("the first answer of a key counts, and noise is no answer", () => {
  const answers = parseAnswers("noise\na:1\tx\na:1\ty\n\tz\n");
  expect([...answers]).toEqual([["a:1", "x"]]);
});
