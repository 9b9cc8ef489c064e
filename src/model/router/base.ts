import { sha256 } from "../../lib/digest.ts";
import { type CheckedOptions, checkOptions, type RouterOptions } from "./options.ts";

/** `conf.d/00-base.cfg`: everything but the apps. */
export function baseConfig(options: RouterOptions = {}): string {
  return configFor(checkOptions(options)).text;
}

/** The digest that the base file names itself by; a running worker tells it, so that a missed reload is seen. */
export function baseGeneration(options: RouterOptions = {}): string {
  return configFor(checkOptions(options)).generation;
}

function configFor(options: CheckedOptions): { text: string; generation: string } {
  const sections = [defaults(options), frontend(options), ...backends(), ring()];
  const generation = sha256([global(options, ""), ...sections].join("\n")).slice(0, 12);
  return { text: `${[global(options, generation), ...sections].join("\n")}`, generation };
}

/** A section's keyword line and its indented lines. */
function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `  ${line}`), ""].join("\n");
}

function global(options: CheckedOptions, generation: string): string {
  return section("global", [
    `description "drover ${generation}"`,
    // An unlimited number of files, as some machines have it, would cost gigabytes of tables.
    "fd-hard-limit 65536",
    `hard-stop-after ${options.hardStopSeconds}s`,
    "mworker-max-reloads 50",
    `user ${options.user}`,
    `group ${options.user}`,
    `chroot ${options.run}/jail`,
    `stats socket ${options.run}/admin.sock mode 600 level admin expose-fd listeners`,
  ]);
}

/** What every app's backend starts from; `_app` is no name that a route can have. */
function defaults(options: CheckedOptions): string {
  return section("defaults _app", [
    "mode http",
    "balance roundrobin",
    `timeout connect ${options.connectSeconds}s`,
    `timeout client ${options.idleSeconds}s`,
    `timeout server ${options.idleSeconds}s`,
    `timeout tunnel ${options.tunnelSeconds}s`,
    "timeout http-request 10s",
    "timeout http-keep-alive 60s",
    // A half-closed tunnel cannot be shut by command (2.6), so it must not outlast a drain for long.
    "timeout client-fin 10s",
    "timeout server-fin 10s",
    // A server that cannot be reached, or closed a kept connection just when it was used again, costs no request.
    "retries 3",
    "option redispatch 1",
    "retry-on conn-failure empty-response",
    // A worker that was replaced tells its clients with their next answer, it does not cut them.
    "option idle-close-on-response",
    // Failed requests only, the last 256 KiB, in memory: `show events _errors` on the admin socket.
    "log ring@_errors local0",
    "option httplog",
    "option dontlog-normal",
    "option dontlognull",
  ]);
}

function frontend(options: CheckedOptions): string {
  const map = `${options.dir}/hosts.map`;
  return section("frontend _front from _app", [
    ...options.listen.map(({ address, port }) =>
      address.includes(":") ? `bind [${address}]:${port} v6only` : `bind ${address}:${port}`,
    ),
    `bind unix@${options.run}/jail/next.sock mode 600 user ${options.user} accept-proxy`,
    "http-request deny deny_status 400 if { req.hdr_cnt(host) gt 1 }",
    "http-request set-var(txn.host) req.hdr(host),host_only,rtrim(.),lower",
    `http-request set-var(txn.to) var(txn.host),map_str(${map})`,
    `http-request set-var(txn.to) var(txn.host),regsub('^[^.]*','*'),map_str(${map}) if !{ var(txn.to) -m found }`,
    `http-request set-var(txn.to) str(*),map_str(${map}) if !{ var(txn.to) -m found }`,
    "http-request set-header X-Forwarded-For %[src]",
    "http-request set-header X-Forwarded-Proto http",
    "http-request set-header X-Forwarded-Host %[req.hdr(host)]",
    "http-request set-header X-Forwarded-Port %[dst_port]",
    "http-request set-header X-Real-IP %[src]",
    "http-request del-header Forwarded",
    "http-request del-header Proxy",
    // A replaced worker has old servers: what still comes to it over kept connections goes on to the current one.
    "use_backend _next if { stopping }",
    "use_backend %[var(txn.to)] if { var(txn.to) -m found }",
    "default_backend _none",
  ]);
}

function backends(): string[] {
  const page = 'status 404 content-type "text/plain; charset=utf-8" string "No app is served under this name.\\n"';
  return [
    section("backend _next from _app", ["server next unix@/next.sock send-proxy-v2"]),
    section("backend _none from _app", [`http-request return ${page}`]),
  ];
}

function ring(): string {
  return section("ring _errors", ["format rfc5424", "maxlen 1200", "size 262144"]);
}
