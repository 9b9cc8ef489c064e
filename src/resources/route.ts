import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import { type Answer, type Answers, isUnknown, matches, parseAnswer, unword } from "../model/answer.ts";
import { diffOf, noop, type Planned } from "../model/change.ts";
import type { Found, Observed } from "../model/resource.ts";
import { defineResource } from "../model/resource.ts";
import { ROUTE_ASKER, whyUnread } from "../model/route/ask.ts";
import { routeAnswer } from "../model/router/answer.ts";
import { fragment, hostsMap } from "../model/router/fragment.ts";
import { routerOptionsSchema } from "../model/router/options.ts";
import { type CheckedRoute, checkRoute, routeSchema } from "../model/router/spec.ts";
import type { Step } from "../model/step.ts";

const schema = z.strictObject(routeSchema.pick({ domains: true, servers: true, drainSeconds: true }).shape);
type Spec = z.output<typeof schema>;

interface State {
  readonly owner: string;
  /** `*` is the default route. */
  readonly domains: readonly string[];
  /** `name@address:port` */
  readonly servers: readonly string[];
  /** Servers that still have sessions. */
  readonly leaving: readonly string[];
  readonly answer: Answer;
}

const { dir } = routerOptionsSchema.parse({});
/** Longest drain of a route whose app left the file. */
const LAST_DRAIN = 30;

/** Host names to an app's processes: a switch loses no request, and ends when the old ones are drained. */
export default defineResource<Spec, State>({
  type: "route",
  title: "Host names led to an app's processes by the router, switched without losing a request.",
  schema,
  sharing: "exclusive",
  askers: { route: ROUTE_ASKER },
  query: (wanted, owner) => [
    { kind: "route", arg: `@${owner}` },
    ...wanted.map(({ name }) => ({ kind: "route", arg: name })),
  ],
  parse,
  found,
  plan(name, spec, observed, context) {
    const state = observed.kind === "present" ? observed.state : undefined;
    if (spec === undefined) return state === undefined ? noop({ [key(name)]: "absent" }) : remove(name, state);
    const route = checkRoute({ name, owner: context.owner, ...spec });
    refuseConflicts(name, route, context.answers);
    const to = routeAnswer(route);
    if (state !== undefined && matches(to, state.answer)) return noop({ [key(name)]: state.answer });
    return {
      action: state === undefined ? "create" : "update",
      diff: diffOf(
        state === undefined ? undefined : shown(state.domains, state.servers, state.leaving),
        shown(route.domains, serverNames(route)),
      ),
      steps: applySteps(route),
      from: { [key(name)]: state === undefined ? "absent" : anyRuntime(state.answer) },
      to: { [key(name)]: to },
    };
  },
  spec: (_name, state) => ({
    domains: [...state.domains],
    servers: state.servers.map(parseServer),
    drainSeconds: LAST_DRAIN,
  }),
  after: (_name, spec) => ["router:*", ...spec.servers.map((server) => `container:${server.name}`)],
});

function key(name: string): string {
  return `route:${name}`;
}

function parse(name: string, answers: Answers): Observed<State> {
  const answer = answers.get(key(name)) ?? "absent";
  if (isUnknown(answer)) return { kind: "unknown", why: whyUnread(answer) };
  if (answer === "absent") return { kind: "absent" };
  const state = parseState(answer);
  return { kind: "present", state, owners: state.owner === "" ? [] : [state.owner] };
}

function parseState(answer: Answer): State {
  const { fields } = parseAnswer(answer);
  return {
    owner: fields["owner"] ?? "",
    domains: list(fields["domains"]).map(unword),
    servers: list(fields["runtime"]),
    leaving: list(fields["leaving"]),
    answer,
  };
}

function list(text = ""): string[] {
  return text.split(",").filter((part) => part !== "");
}

function parseServer(text: string): Spec["servers"][number] {
  const [, name = "", address = "", port = "1"] = /^(.*)@\[?([^\]]*)\]?:(\d+)$/.exec(text) ?? [];
  return { name, address, port: Number(port) };
}

function found(answers: Answers): Found[] {
  return routesIn(answers).flatMap(([name, { owner }]) => (owner === "" ? [] : [{ name, owner }]));
}

function routesIn(answers: Answers): Array<[string, State]> {
  return [...answers]
    .filter(
      ([asked, answer]) =>
        asked.startsWith("route:") && !asked.startsWith("route:@") && !isUnknown(answer) && answer !== "absent",
    )
    .map(([asked, answer]) => [asked.slice("route:".length), parseState(answer)]);
}

/** A host name leads to one app of a machine, and one app at most is its default. */
function refuseConflicts(name: string, route: CheckedRoute, answers: Answers): void {
  for (const [other, state] of routesIn(answers)) {
    const domain = other === name ? undefined : route.domains.find((one) => state.domains.includes(one));
    if (domain === undefined) continue;
    const what = domain === "*" ? "the machine's default route" : domain;
    throw new DroverError("CONFLICT", `${name} of ${route.owner} wants ${what}, which ${other} of ${state.owner} has`, {
      hint:
        domain === "*"
          ? "give one of them `domains`: an app without any is the machine's default route"
          : "take it from one of them; an app that was renamed keeps its route with `was`",
    });
  }
}

/** Sessions that still leave, and what the runtime has, move by themselves; owner, files and host names do not. */
function anyRuntime(answer: Answer): Answer {
  return answer.replace(/ leaving=\S*/, " leaving=*");
}

function applySteps(route: CheckedRoute): Step[] {
  const staged = `${dir}/staged`;
  const [backend, names] = [`${staged}/${route.name}.cfg`, `${staged}/${route.name}.map`];
  const argv = ["sh", `${dir}/sync`, "apply", route.name, backend, names, String(route.drainSeconds)];
  return [
    { kind: "exec", argv: ["mkdir", "-p", "-m", "0700", "--", staged] },
    { kind: "write", path: backend, content: fragment(route), mode: "0600" },
    { kind: "write", path: names, content: hostsMap(route), mode: "0600" },
    { kind: "exec", argv, within: Math.ceil(route.drainSeconds) + 120 },
    { kind: "exec", argv: ["rm", "-f", "--", backend, names] },
  ];
}

function remove(name: string, state: State): Planned {
  return {
    action: "delete",
    diff: diffOf(shown(state.domains, state.servers), {}),
    steps: [
      { kind: "exec", argv: ["sh", `${dir}/sync`, "remove", name, String(LAST_DRAIN)], within: LAST_DRAIN + 120 },
    ],
    from: { [key(name)]: anyRuntime(state.answer) },
    to: { [key(name)]: "absent" },
  };
}

function shown(domains: readonly string[], servers: readonly string[], leaving: readonly string[] = []): object {
  const names = domains.map((domain) => (domain === "*" ? "all other host names" : domain));
  return { domains: names.join(", "), servers: servers.join(", "), leaving: leaving.join(", ") };
}

function serverNames(route: CheckedRoute): string[] {
  return route.servers.map(({ name, address, port }) => `${name}@${address}:${port}`);
}
