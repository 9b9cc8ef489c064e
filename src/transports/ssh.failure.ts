import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DroverError } from "../lib/error.ts";
import { quoteAll } from "../lib/quote.ts";
import type { SshOptions } from "./ssh.ts";

const run = promisify(execFile);

/**
 * Says why a connection did not come about. OpenSSH tells only by text and exit code 255; the texts matched here are
 * its own, in English whatever the locale (https://github.com/openssh/openssh-portable, ssh.c and sshconnect.c).
 */
export async function connectFailure(
  machine: string,
  options: SshOptions,
  why: string,
  errors: string,
): Promise<DroverError> {
  const evidence = errors
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .slice(-6);
  const where = { machine };
  const to = options.destination;
  if (/Host key verification failed|No .* host key is known/.test(errors)) {
    const changed = /IDENTIFICATION HAS CHANGED/.test(errors);
    const print = await fingerprints(options);
    return new DroverError(
      "HOST_KEY",
      changed ? `the host key of ${to} has changed` : `the host key of ${to} is unknown`,
      {
        where,
        evidence: print,
        hint: changed
          ? `find out why before you go on; if the machine was made anew: ssh-keygen -R ${hostOf(to)}, then accept the new key`
          : `compare the fingerprint with the machine's own, then accept it: ${acceptCommand(options)}`,
      },
    );
  }
  if (/^Sorry, try again\.$/m.test(errors)) {
    return new DroverError("RIGHTS", `${to} may not become root: that is not its password`, {
      where,
      evidence,
      hint: "correct the secret that `sudo: { password }` of the machine names",
    });
  }
  if (/sudo: |a password is required|not in the sudoers/.test(errors)) {
    return new DroverError("RIGHTS", `${to} may not become root`, {
      where,
      evidence,
      hint: 'give the user sudo without a password, or name it: server("user@host", { sudo: { password: secret("SUDO_PASSWORD") } })',
    });
  }
  if (why === "ssh is not installed") {
    return new DroverError("UNREACHABLE", `${to} cannot be reached: ${why}`, {
      where,
      hint: "install OpenSSH's client, on Debian: apt-get install openssh-client",
    });
  }
  const denied = /Permission denied/.test(errors);
  const told = evidence.at(-1)?.replace(/^ssh: /, "") ?? why;
  return new DroverError(
    denied ? "RIGHTS" : "UNREACHABLE",
    denied ? `${to} refused the login` : `${to} cannot be reached: ${told}`,
    {
      where,
      evidence,
      hint: denied
        ? `try it by hand: ${quoteAll(byHand(options))}; the key must be in its authorized_keys`
        : `try it by hand: ${quoteAll(byHand(options))}`,
    },
  );
}

/** The command with which a person tries the same. */
function byHand(options: SshOptions): string[] {
  const { config, identity, jump, destination } = options;
  return [
    "ssh",
    ...(config === undefined ? [] : ["-F", config]),
    ...portOf(options),
    ...(identity === undefined ? [] : ["-i", identity]),
    ...(jump === undefined ? [] : ["-J", jump]),
    ...[destination, "true"],
  ];
}

function hostOf(destination: string): string {
  return destination.slice(destination.lastIndexOf("@") + 1);
}

function portOf(options: SshOptions): string[] {
  return options.port === undefined ? [] : ["-p", String(options.port)];
}

function acceptCommand(options: SshOptions): string {
  return `${quoteAll(["ssh-keyscan", ...portOf(options), hostOf(options.destination)])} >> ~/.ssh/known_hosts`;
}

/** What the host shows now, as fingerprints. Nothing where it cannot be asked directly (a jump host). */
async function fingerprints(options: SshOptions): Promise<string[]> {
  try {
    const config = options.config === undefined ? [] : ["-F", options.config];
    const { stdout: settings } = await run("ssh", ["-G", ...config, ...portOf(options), "--", options.destination]);
    const setting = (name: string): string => new RegExp(`^${name} (.*)$`, "m").exec(settings)?.[1] ?? "";
    const scan = ["-T", "5", "-p", setting("port") || "22", "--", setting("hostname") || hostOf(options.destination)];
    const { stdout: keys } = await run("ssh-keyscan", scan);
    const shown = run("ssh-keygen", ["-lf", "-"]);
    shown.child.stdin?.end(keys);
    return (await shown).stdout.trim().split("\n");
  } catch {
    return [];
  }
}
