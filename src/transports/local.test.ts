import { describe, expect, it } from "vitest";
import { mayNotBecomeRoot } from "./local.ts";

describe("a user who is not root", () => {
  it("is told that sudo is missing, or what sudo said", () => {
    const missing = mayNotBecomeRoot("here", "sudo is not installed", "");
    expect(missing).toMatchObject({ code: "RIGHTS", message: "you are not root here, and sudo is not installed" });
    expect(missing).toMatchObject({ where: { machine: "here" }, evidence: [] });
    const refused = mayNotBecomeRoot("here", "exit code 1", "sudo: a password is required\n");
    expect(refused).toMatchObject({ message: "you are not root here, and sudo refused" });
    expect(refused.evidence).toEqual(["sudo: a password is required"]);
    expect(refused.hint).toContain("local({ sudo: false })");
  });
});
