// A client that asks a host for its facts for ever: `asker.main.ts CONFIG HOST`.
import { ShellSession } from "../../src/engine/session/shell.ts";
import ssh from "../../src/transports/ssh.ts";

const [config = "", destination = ""] = process.argv.slice(2);
const signal = AbortSignal.timeout(60_000);
const reach = { transport: "ssh", machine: "web", address: "", options: { config, destination } };
const session = new ShellSession("web", await ssh.connect(reach, () => undefined, signal), {}, () => undefined);
while (!signal.aborted) await session.ask([{ kind: "fact", arg: "all" }], signal);
