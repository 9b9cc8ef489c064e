import { type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../../model/answer.ts";
import { PROMOTED, parseContainer } from "../../model/docker/container-answer.ts";
import { scopeOf } from "../../model/docker/name.ts";
import { DOCKER, ENGINE_KEY } from "../../model/docker/socket.ts";
import type { Place, ProcessView, RouteView } from "../../model/place.ts";

/** What of an owner runs, by name. */
export function processViews(owner: string, answers: Answers): ProcessView[] {
  const views = [...answers].flatMap(([key, answer]): ProcessView[] => {
    if (!key.startsWith("container:") || !answer.startsWith("container ")) return [];
    const { state, owners } = parseContainer(answer);
    if (!owners.includes(owner)) return [];
    const { app, process, release, address } = state;
    const unproven = state.status === "running" && state.restart !== PROMOTED;
    return [
      {
        app,
        process,
        release,
        address,
        name: key.slice("container:".length),
        state: unproven ? "starting" : state.status,
      },
    ];
  });
  return views.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function routeViews(owner: string, answers: Answers): RouteView[] {
  return [...answers].flatMap(([key, answer]): RouteView[] => {
    const { head, fields } = parseAnswer(answer);
    if (!key.startsWith("route:") || head !== "served" || fields["owner"] !== owner) return [];
    const list = (text = ""): string[] => text.split(",").filter((part) => part !== "");
    const servers = list(fields["runtime"]);
    const app = appOf(servers, answers) ?? key.slice(`route:${scopeOf(owner)}.`.length);
    return [{ app, domains: list(fields["domains"]).map(unword), servers }];
  });
}

/** A route keeps its name when its app is renamed; its containers know the app. */
function appOf(servers: readonly string[], answers: Answers): string | undefined {
  const answer = answers.get(`container:${servers[0]?.split("@")[0] ?? ""}`);
  return answer?.startsWith("container ") === true ? parseContainer(answer).state.app : undefined;
}

/** The engine keeps both streams; here they come as one, in the order in which they were written. */
export function logsArgv(container: string, follow: boolean, tail: number): string[] {
  const argv = [...DOCKER, "logs", ...(follow ? ["--follow"] : []), "--tail", String(tail), container];
  return ["sh", "-c", 'exec "$@" 2>&1', "sh", ...argv];
}

export function checksOf(answers: Answers): ReturnType<Place["checks"]> {
  const engine = answers.get(ENGINE_KEY) ?? "absent";
  const port = parseAnswer(answers.get("listener:80") ?? "free");
  const holder = `${unword(port.fields["name"] ?? "somebody")} (pid ${port.fields["pid"] ?? "?"})`;
  return [
    isUnknown(engine)
      ? { ok: false, what: `container engine: ${unknownWhy(engine)}`, fix: "connect as root, or as a user with sudo" }
      : { ok: true, what: `container engine: ${engineText(engine)}`, fix: "" },
    port.head === "foreign"
      ? { ok: false, what: `port 80 is taken by ${holder}`, fix: "stop it, or move it to another port" }
      : { ok: true, what: "port 80 is free for the router, or its own", fix: "" },
  ];
}

function engineText(answer: string): string {
  const { head, fields } = parseAnswer(answer);
  if (head === "running") return `Docker ${fields["version"] ?? ""}, API ${fields["api"] ?? ""}`;
  return head === "stopped" ? "there, and will be started" : "none yet: `drover up` brings it";
}
