import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answer, type AnswerMap, matches, parseAnswer } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import { planFile } from "../../model/whole-file/plan.ts";
import { observeFile } from "../../model/whole-file/state.ts";
import { type Boot, bootOf } from "./boot.ts";
import { digestOf, rulesFile } from "./files.ts";
import { letsIn } from "./rules.ts";
import type { Wanted } from "./schema.ts";
import type { FirewallState } from "./state.ts";
import { forget, load, record, remember, unload } from "./steps.ts";
import { restore } from "./undo.ts";

export const RULES_KEY = "firewall-rules:main";
export const BOOT_KEY = "firewall-boot:main";
export const OTHERS_KEY = "firewall-others:main";
const ID = "firewall:main";

/** Rules in place: the file, the loaded table and what loads it at boot, each seen by itself. */
export function planRules(wanted: Wanted, state: FirewallState | undefined, context: PlanContext): Planned {
  refuseOthers(context);
  const boot = bootOf(context.facts.init);
  const digest = digestOf(wanted);
  const file = planFile(rulesFile(wanted), observed(state), context, {
    id: ID,
    check: ["nft", "--check", "-f", "{}"],
    plain: true,
  });
  const starter = planStarter(boot, context);
  const live = effects(digest, boot, context);
  const said = notes(wanted, boot, context);
  const isSame = file.action === "noop" && starter.action === "noop" && live.every(({ from, to }) => matches(to, from));
  // What the rules leave open was told when they came.
  if (isSame) return noop({ ...file.to, ...starter.to, ...answers(live, "from") });
  const steps: Step[] = [
    remember(),
    ...file.steps,
    ...starter.steps,
    ...(boot?.enable ?? []),
    load(boot),
    record(digest),
  ];
  return {
    action: state === undefined ? "create" : "update",
    diff: [
      ...file.diff.map((diff): Diff => (diff.path === "content" ? { ...diff, path: "rules" } : diff)),
      ...starter.diff.map((diff): Diff => ({ ...diff, path: `${boot?.kind}'s ${diff.path}` })),
      ...live
        .filter(({ from, to }) => !matches(to, from))
        .map(
          ({ path, key, from, to }): Diff =>
            key === RULES_KEY ? { path, from: loaded(from), to: loaded(to) } : { path, from, to },
        ),
    ],
    steps,
    from: { ...file.from, ...starter.from, ...answers(live, "from", isBringing(context.answers)) },
    to: { ...file.to, ...starter.to, ...answers(live, "to") },
    undo: restore(steps, state, boot, context),
    evidence: [...(boot?.evidence ?? [])],
    ...said,
  };
}

function planStarter(boot: Boot | undefined, context: PlanContext): Planned {
  if (boot === undefined) return noop();
  return planFile(boot.file, observeFile(boot.file.path, context.answers), context, { id: ID });
}

/** Our table goes first: what it kept out comes in, whatever happens to the rest. */
export function planOpening(state: FirewallState, context: PlanContext): Planned {
  const boot = bootOf(context.facts.init);
  const seen = (key: string): Answer => context.answers.get(key) ?? ABSENT;
  const hasNft = parseAnswer(seen(RULES_KEY)).fields["nft"] !== "no";
  const gone = [rulesFile({ seen: { sha256: "" } }).path, ...(boot === undefined ? [] : [boot.file.path])];
  const steps: Step[] = [
    ...(hasNft ? [remember(), unload()] : []),
    ...(boot?.disable ?? []),
    ...gone.map((path): Step => ({ kind: "remove", path, keep: true })),
    ...(boot?.forget ?? []),
    forget(),
  ];
  const from = Object.fromEntries(
    [...gone.map((path) => `path:${path}`), RULES_KEY, BOOT_KEY].map((key) => [key, seen(key)]),
  );
  return {
    action: "delete",
    diff: [{ path: "rules", from: "there", to: "" }],
    steps,
    from,
    to: {
      ...Object.fromEntries(gone.map((path) => [`path:${path}`, ABSENT])),
      // Its package may go in the same run.
      [RULES_KEY]: "absent nft=*",
      [BOOT_KEY]: boot?.off ?? seen(BOOT_KEY),
    },
    undo: restore(steps, state, boot, context),
    notes: ["what its rules kept out comes in"],
  };
}

function observed(state: FirewallState | undefined): ReturnType<typeof observeFile> {
  const file = state?.file;
  return file === undefined ? { kind: "absent" } : { kind: "present", state: file, owners: [] };
}

interface Effect {
  readonly path: string;
  readonly key: string;
  readonly from: Answer;
  readonly to: Answer;
}

function effects(digest: string, boot: Boot | undefined, { answers: seen }: PlanContext): Effect[] {
  const start = boot === undefined ? [] : [{ path: "at boot", key: BOOT_KEY, to: boot.on }];
  const live = { path: "loaded", key: RULES_KEY, to: `loaded file=${digest} rules=same listing=*` };
  return [live, ...start].map((one) => ({ ...one, from: seen.get(one.key) ?? ABSENT }));
}

/** What is loaded, for people. */
function loaded(answer: Answer): string {
  const { head, fields } = parseAnswer(answer);
  if (head !== "loaded") return head;
  return fields["rules"] === "same" ? `rules of sha256 ${fields["file"]?.slice(0, 12)}` : "rules changed by hand";
}

function answers(live: readonly Effect[], side: "from" | "to", isOpen = false): AnswerMap {
  return Object.fromEntries(live.map((one) => [one.key, isOpen ? ANY : one[side]]));
}

/** Two that rule over the same would undo each other's work. */
function refuseOthers({ answers: seen }: PlanContext): void {
  const active = parseAnswer(seen.get(OTHERS_KEY) ?? "").fields["active"] ?? "";
  if (active !== "") {
    throw new DroverError("CONFLICT", `${ID}: ${active} is active on this machine, and rules over the same`, {
      hint: `switch it off first (${active.includes("ufw") ? "ufw disable" : "systemctl disable --now firewalld"}), or take firewall() out`,
    });
  }
  if (parseAnswer(seen.get(RULES_KEY) ?? "").fields["nft"] !== "no" || isBringing(seen)) return;
  throw new DroverError("CONFLICT", `${ID} needs nft, which is not on this machine`, {
    hint: 'add pkg("nftables") to its resources',
  });
}

function notes(wanted: Wanted, boot: Boot | undefined, { answers: seen }: PlanContext): Pick<Planned, "notes"> {
  const isDocker = parseAnswer(seen.get(OTHERS_KEY) ?? "").fields["docker"] === "yes";
  const all = [
    ...("fields" in wanted && !letsIn(22, wanted.fields)
      ? ["no rule lets port 22 in: connections that are open stay so, new ones to it do not come in"]
      : []),
    ...(isDocker
      ? ["ports that Docker publishes are forwarded past these rules: publish them on 127.0.0.1 to close them"]
      : []),
    ...(boot === undefined ? ["nothing loads the rules at boot here: there is no init system"] : []),
  ];
  return all.length === 0 ? {} : { notes: all };
}
