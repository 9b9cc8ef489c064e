import { describe, expect, it } from "vitest";
import { connectFailure } from "./ssh.failure.ts";
import type { SshOptions } from "./ssh.ts";

const options: SshOptions = { destination: "root@web", sudo: "auto", persist: 0, connectTimeout: 15 };

describe("a server that is not reached", () => {
  it("says what ssh said, and how to try the same by hand", async () => {
    const errors = "ssh: connect to host web port 22: Connection refused\n";
    const given = { ...options, config: "my config", port: 2222, jump: "gate" };
    expect(await connectFailure("web", given, "exit code 255", errors)).toMatchObject({
      code: "UNREACHABLE",
      message: "root@web cannot be reached: connect to host web port 22: Connection refused",
      hint: "try it by hand: ssh -F 'my config' -p 2222 -J gate root@web true",
    });
  });

  it("because there is no ssh here says what to install", async () => {
    expect(await connectFailure("web", options, "ssh is not installed", "")).toMatchObject({
      message: "root@web cannot be reached: ssh is not installed",
      hint: expect.stringContaining("openssh-client"),
    });
  });
});
