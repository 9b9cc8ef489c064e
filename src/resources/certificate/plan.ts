import { sha256 } from "../../lib/digest.ts";
import { DroverError } from "../../lib/error.ts";
import {
  ABSENT,
  ANY,
  type Answer,
  type AnswerMap,
  formatAnswer,
  parseAnswer,
  unword,
  word,
} from "../../model/answer.ts";
import {
  folderAnswers,
  folderDiff,
  isBringing,
  makeFolders,
  missingFolders,
  ownerFields,
} from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import { plainMode } from "../../model/name.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import { maskText, secretsIn } from "../../model/secret.ts";
import { planFile } from "../../model/whole-file/plan.ts";
import { observeFile } from "../../model/whole-file/state.ts";
import { certPath, filesOf, keyPath, printedNames } from "./files.ts";
import { type CertificateSpec, DAYS } from "./schema.ts";
import { judge, make } from "./steps.ts";

export function planCertificate(name: string, spec: CertificateSpec, context: PlanContext): Planned {
  const seen = context.answers.get(`certificate:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (seen === "missing" && !isBringing(context.answers)) {
    throw new DroverError("CONFLICT", `certificate:${name} needs openssl, which is not on this machine`, {
      hint: 'add pkg("openssl") to its resources',
    });
  }
  return spec.names === undefined
    ? planGiven(name, spec, seen, context)
    : planMade(name, spec, spec.names, seen, context);
}

/** One that the machine makes itself: made anew when its names are others, its key does not match, or it is due. */
function planMade(
  name: string,
  spec: CertificateSpec,
  names: readonly string[],
  seen: Answer,
  context: PlanContext,
): Planned {
  const { head, fields } = parseAnswer(seen);
  const wanted = word(printedNames(names));
  const reasons: Diff[] = [
    ...(head === "pair"
      ? []
      : [{ path: "certificate", from: head === "broken" ? `a broken ${fields["what"]}` : "", to: names.join(", ") }]),
    ...(head === "pair" && fields["names"] !== wanted
      ? [{ path: "names", from: unword(fields["names"] ?? ""), to: printedNames(names) }]
      : []),
    ...(fields["match"] === "no" ? [{ path: "key", from: "another's", to: "its own" }] : []),
    ...(fields["due"] === "yes"
      ? [{ path: "end", from: `within ${spec.renewBefore} days`, to: `in ${spec.days ?? DAYS} days` }]
      : []),
  ];
  if (reasons.length === 0) return planRights(name, spec, seen, context);
  const { answers } = context;
  const folders = missingFolders(certPath(name), answers);
  const made = folderAnswers(folders, answers);
  const open = isBringing(answers);
  const from = (key: string): Answer => (open ? ANY : (answers.get(key) ?? ABSENT));
  const { mode, owner } = spec;
  const to: AnswerMap = {
    [`certificate:${name}`]: formatAnswer("pair", { names: wanted, match: "yes", due: "no", sha256: ANY }),
    [`entry:${certPath(name)}`]: "file mode=644 owner=root:root",
    [`entry:${keyPath(name)}`]: `file mode=${plainMode(mode)} ${ownerFields(owner)}`,
  };
  return {
    action: head === "pair" || head === "broken" ? "update" : "create",
    diff: [...folderDiff(folders, context.answers), ...reasons],
    steps: [...makeFolders(folders), make(name, spec, names)],
    from: { ...made.from, ...Object.fromEntries(Object.keys(to).map((key) => [key, from(key)])) },
    to: { ...made.to, ...to },
    notes: ["it is signed by itself: those that are to trust it have to know it"],
  };
}

/** The pair is right; its files' modes and owners may not be. */
function planRights(name: string, spec: CertificateSpec, seen: Answer, context: PlanContext): Planned {
  const { cert, key } = filesOf(name, spec);
  const plans = [key, cert].map((file) =>
    planFile(file, observeFile(file.path, context.answers), context, { id: `certificate:${name}` }),
  );
  return merged(plans, { [`certificate:${name}`]: seen }, { [`certificate:${name}`]: seen });
}

/** One that is given: both files as they are, judged together before the first of them moves. */
function planGiven(name: string, spec: CertificateSpec, seen: Answer, context: PlanContext): Planned {
  const { cert, key } = filesOf(name, spec);
  const plans = [key, cert].map((file) =>
    planFile(file, observeFile(file.path, context.answers), context, { id: `certificate:${name}` }),
  );
  const { head, fields } = parseAnswer(seen);
  const id = `certificate:${name}`;
  const isMatch = head === "pair" && fields["match"] === "yes";
  const isSame = plans.every(({ action }) => action === "noop");
  if (isSame && !isMatch && !plans.some(({ notes }) => notes !== undefined)) {
    throw new DroverError("CONFLICT", `${id}: its key does not belong to the first certificate of its chain`, {
      hint: "give it the key of that certificate, and the certificate first",
    });
  }
  const to = formatAnswer("pair", { names: ANY, match: "yes", due: ANY, sha256: digestOf(spec) });
  const open = isBringing(context.answers);
  const due = fields["due"] === "yes" ? [`it ends within ${spec.renewBefore} days: give it a new one`] : [];
  const whole = merged(plans, { [id]: isSame ? seen : open || isMatch ? ANY : seen }, { [id]: isSame ? seen : to });
  const notes = [...(whole.notes ?? []), ...due];
  const said = notes.length === 0 ? {} : { notes };
  if (whole.action === "noop") return { ...whole, ...said };
  return { ...whole, steps: [judge(name, spec), ...whole.steps], ...said };
}

/** Digest of the chain's file; known after apply where it holds a secret. */
function digestOf({ chain }: CertificateSpec): string {
  return chain === undefined || secretsIn(chain).size > 0 ? ANY : sha256(maskText(chain));
}

/** Changes of both files as one. */
function merged(plans: readonly Planned[], from: AnswerMap, to: AnswerMap): Planned {
  const notes = plans.flatMap((plan) => plan.notes ?? []);
  const said = notes.length === 0 ? {} : { notes: [...new Set(notes)] };
  const answers = (side: "from" | "to"): AnswerMap => Object.assign({}, ...plans.map((plan) => plan[side]));
  if (plans.every(({ action }) => action === "noop")) return { ...noop({ ...answers("to"), ...to }), ...said };
  const [first] = plans;
  const diffs = plans.flatMap((plan, at) =>
    plan.diff.map((diff) =>
      diff.path.startsWith("folder ") ? diff : { ...diff, path: `${at === 0 ? "key" : "chain"}'s ${diff.path}` },
    ),
  );
  return {
    action: first?.action === "create" ? "create" : "update",
    diff: diffs.filter((diff, at) => diffs.findIndex(({ path }) => path === diff.path) === at),
    steps: plans.flatMap((plan) => plan.steps),
    from: { ...answers("from"), ...from },
    to: { ...answers("to"), ...to },
    ...said,
  };
}

/** Both files go. The key's bytes are kept nowhere. */
export function planRemoval(name: string, observed: Observed<unknown>, { answers }: PlanContext): Planned {
  if (observed.kind !== "present") return noop();
  const keys = [certPath(name), keyPath(name)].map((path) => `entry:${path}`);
  return {
    action: "delete",
    diff: [{ path: "certificate", from: "there", to: "" }],
    steps: [
      { kind: "remove", path: certPath(name), keep: true },
      { kind: "remove", path: keyPath(name) },
    ],
    from: Object.fromEntries(keys.map((key) => [key, answers.get(key) ?? ABSENT])),
    to: Object.fromEntries(keys.map((key) => [key, ABSENT])),
    notes: ["its key is kept nowhere"],
  };
}
