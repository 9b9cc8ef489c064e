import { z } from "zod";
import { type PipedChild, startPiped, streamOf } from "../lib/child.ts";
import { DroverError } from "../lib/error.ts";
import { quote, quoteAll } from "../lib/quote.ts";
import { secretSchema } from "../model/name.ts";
import { revealText, type SecretValues } from "../model/secret.ts";
import { type Channel, type Reach, SHELL_READY, type Transport } from "../model/session.ts";
import { connectFailure } from "./ssh.failure.ts";
import { type Shared, share } from "./ssh.shared.ts";

/** What a provider says about a machine behind OpenSSH. The user's own ssh config decides everything else. */
export const sshOptions = z.looseObject({
  /** `user@host`, or an alias of the ssh config. */
  destination: z.string(),
  port: z.int().optional(),
  identity: z.string().optional(),
  jump: z.string().optional(),
  /** An ssh config file in place of the user's own. */
  config: z.string().optional(),
  sudo: z.union([z.boolean(), z.literal("auto"), z.strictObject({ password: secretSchema })]).default("auto"),
  /** Seconds until a connection must stand. */
  connectTimeout: z.number().default(15),
  /** Seconds that the connection stays open for the next command; 0 ends it with the command. */
  persist: z.number().default(60),
});
export type SshOptions = z.output<typeof sshOptions>;

/** OpenSSH: one persistent clean `/bin/sh` per host; further streams share its connection. */
const ssh: Transport = {
  name: "ssh",
  async connect(reach, secrets, signal) {
    const options = sshOptions.parse(reach.options);
    const password = passwordOf(options, reach, secrets);
    const shared = await share(reach.fresh === true ? { ...options, persist: 0 } : options);
    const base = [...shared.args, ...sshArguments(options)];
    const open = async (within: number, abort: AbortSignal): Promise<Channel> => {
      const piped = startShell(base, options, password);
      await ready(piped, options, reach, within, abort).catch((error: unknown) => {
        piped.child.kill();
        throw error;
      });
      return channel(piped, base, options, shared, password);
    };
    const openAnew = async (abort: AbortSignal): Promise<Channel> => {
      // One that an earlier command left, over a link that is dead by now.
      await shared.drop();
      return open(options.connectTimeout + 15, abort);
    };
    try {
      if (!shared.isKept) return await open(options.connectTimeout + 15, signal);
      if (password === undefined) {
        const piped = startShell(base, options, password);
        // How it ends tells as much; why, the next one does.
        ready(piped, options, reach, KEPT_WITHIN, signal).catch(() => piped.child.kill());
        return { ...channel(piped, base, options, shared, password), again: openAnew };
      }
      return await open(KEPT_WITHIN, signal).catch((error: unknown) => {
        if (signal.aborted || !isSilence(error)) throw error;
        return openAnew(signal);
      });
    } catch (error) {
      await shared[Symbol.asyncDispose]();
      throw error;
    }
  },
};
export default ssh;

/** Arguments before the destination. Pure. */
export function sshArguments(options: SshOptions): string[] {
  return [
    "-T",
    ...["BatchMode=yes", "StrictHostKeyChecking=yes", "ServerAliveInterval=10", "ServerAliveCountMax=3"].flatMap(
      (set) => ["-o", set],
    ),
    ...["-o", `ConnectTimeout=${Math.ceil(options.connectTimeout)}`],
    ...(options.config === undefined ? [] : ["-F", options.config]),
    ...(options.port === undefined ? [] : ["-p", String(options.port)]),
    ...(options.identity === undefined ? [] : ["-i", options.identity]),
    ...(options.jump === undefined ? [] : ["-J", options.jump]),
  ];
}

/** Whatever the login shell is (fish, csh), it runs one `/bin/sh` that becomes root where it may. Pure. */
export function shellCommand(options: SshOptions, inner: string): string {
  const from = '"SSH_CONNECTION=$SSH_CONNECTION" "DROVER_LOGIN=$(id -un)"';
  const clean = `env -i "HOME=$HOME" "USER=$(id -un)" ${from} /bin/sh -c ${quote(inner)}`;
  const plain = `exec ${clean}`;
  if (options.sudo === false) return `exec /bin/sh -c ${quote(plain)}`;
  // In English, so that what it says can be told apart.
  const asRoot = `env LC_ALL=C sudo ${typeof options.sudo === "object" ? "-S -p ''" : "-n"} --`;
  const become = `exec ${asRoot} env -i HOME=/root USER=root ${from} /bin/sh -c ${quote(inner)}`;
  return `exec /bin/sh -c ${quote(`if [ "$(id -u)" = 0 ]; then ${plain}; else ${become}; fi`)}`;
}

function passwordOf(options: SshOptions, reach: Reach, secrets: SecretValues): string | undefined {
  if (typeof options.sudo !== "object") return undefined;
  try {
    return revealText(options.sudo.password, secrets);
  } catch (cause) {
    const { secret } = options.sudo.password;
    const { message = `secret ${secret} has no value here`, hint = `set it: export ${secret}=...` } =
      secrets.missing?.(secret) ?? {};
    throw new DroverError("SECRET_MISSING", `the password for sudo: ${message}`, {
      where: { machine: reach.machine },
      hint,
      cause,
    });
  }
}

/** Seconds after which a connection that was kept counts as dead. A new one may take longer: then it is tried again. */
const KEPT_WITHIN = 8;

/** What sudo says to a password that is not the user's. */
const WRONG_PASSWORD = /^Sorry, try again\.$|^sudo: \d+ incorrect password/m;

/** Whether it ended because nothing came, not because it was refused. */
function isSilence(error: unknown): boolean {
  return DroverError.is(error) && error.code === "UNREACHABLE";
}

function startShell(base: readonly string[], options: SshOptions, password: string | undefined): PipedChild {
  const command = shellCommand(options, `printf '${SHELL_READY}\\n'; exec /bin/sh`);
  const piped = startPiped("ssh", [...base, "--", options.destination, command], process.env);
  if (password !== undefined) piped.stdin.write(`${password}\n`);
  return piped;
}

const STANDS = new RegExp(`(^|\\n)${SHELL_READY}\\n`);

/** Waits for the mark that the shell stands; what an rc file prints before it is dropped. */
function ready(
  piped: PipedChild,
  options: SshOptions,
  reach: Reach,
  within: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let [out, errors] = ["", ""];
    const stop = (): void => reject(signal.reason);
    const late = setTimeout(() => piped.child.kill(), within * 1000);
    const settle = (): void => {
      clearTimeout(late);
      signal.removeEventListener("abort", stop);
      piped.stdout.removeListener("data", onOut);
      piped.stderr.removeListener("data", onError);
    };
    const onOut = (chunk: Buffer): void => {
      out += chunk.toString("utf8");
      const isReady = STANDS.test(out);
      out = out.slice(-4000);
      if (!isReady) return;
      settle();
      resolve();
    };
    const onError = (chunk: Buffer): void => {
      errors = (errors + chunk.toString("utf8")).slice(-4000);
      // It would wait for another password.
      if (WRONG_PASSWORD.test(errors)) piped.child.kill();
    };
    piped.stdout.on("data", onOut);
    piped.stderr.on("data", onError);
    signal.addEventListener("abort", stop, { once: true });
    void piped.ended.then(async (why) => {
      settle();
      reject(await connectFailure(reach.machine, options, why, errors));
    });
  });
}

function channel(
  piped: PipedChild,
  base: readonly string[],
  options: SshOptions,
  shared: Shared,
  password: string | undefined,
): Channel {
  let isOver = false;
  // The link died under us: what is kept of it would only keep the next connection waiting.
  void piped.ended.then(() => (isOver ? undefined : shared.drop()));
  return {
    stdin: piped.stdin,
    stdout: piped.stdout,
    stderr: piped.stderr,
    ended: piped.ended,
    async open(target, signal) {
      signal.throwIfAborted();
      const argv = "argv" in target ? target.argv : ["socat", "-", `UNIX-CONNECT:${target.socket}`];
      const command = shellCommand(options, `exec ${quoteAll(argv)}`);
      const extra = startPiped("ssh", [...base, "--", options.destination, command], process.env);
      if (password !== undefined) extra.stdin.write(`${password}\n`);
      return streamOf(extra, argv[0] ?? "", "argv" in target ? target.errors : undefined);
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      piped.stdin.end();
      // The process that holds a connection that stays has these too, until the other side has said goodbye.
      if (shared.stays) for (const stream of [piped.child.stdout, piped.child.stderr]) stream?.destroy();
      piped.child.kill(shared.stays ? "SIGKILL" : "SIGTERM");
      await piped.ended;
      await shared[Symbol.asyncDispose]();
    },
  };
}
