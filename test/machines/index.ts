/**
 * Real hosts for the tests: Debian with systemd and sshd, in containers with addresses of their own.
 *
 * ```ts
 * describe.skipIf(await requirement("test hosts", requireEngine))("...", () => {
 *   const [web1, web2] = await startHosts(["web1", "web2"]);
 *   const config = await sshConfig([web1, web2], folder); // ssh -F config web1 true
 * ```
 */
export { requireEngine } from "./engine.ts";
export { type Host, type HostOptions, type Outcome, opsPassword } from "./host.ts";
export { type Proxy, type ProxyOptions, startProxy } from "./proxy.ts";
export { type Available, requirement } from "./require.ts";
export { sshConfig } from "./ssh-config.ts";
export { startHosts } from "./start.ts";
export { sweep } from "./sweep.ts";
export type { VirtualMachine } from "./vm/machine.ts";
export { requireVirtualMachines } from "./vm/require.ts";
export { startVirtualMachine, type VmOptions } from "./vm/start.ts";
