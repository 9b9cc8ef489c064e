import { DroverError } from "../../lib/error.ts";
import { ANY, type Answers, formatAnswer } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import { rewriteStep } from "../../model/line-file/rewrite.ts";
import type { Step } from "../../model/step.ts";
import type { LocaleState } from "../locale.ts";

/** The entry's own line, commented out or not, is used; without one it comes last. */
const ENTRY = `
{
  text = $0; sub(/^[ \\t]*#[ \\t]*/, "", text); n = split(text, word, /[ \\t]+/)
  if (word[1] != ENVIRON["DROVER_A"] || word[2] != "UTF-8") { print; next }
  if (ENVIRON["DROVER_B"] == "no") { print "# " word[1] " UTF-8"; next }
  if (!done) print word[1] " UTF-8"
  done = 1
}
END { if (!done && ENVIRON["DROVER_B"] == "yes") print ENVIRON["DROVER_A"] " UTF-8" }
`;

/** The last LANG counts: the first is set, further ones go; all other lines stay. */
const DEFAULT = `
/^[ \\t]*(export[ \\t]+)?LANG=/ { if (!done && ENVIRON["DROVER_A"] != "") print "LANG=" ENVIRON["DROVER_A"]; done = 1; next }
{ print }
END { if (!done && ENVIRON["DROVER_A"] != "") print "LANG=" ENVIRON["DROVER_A"] }
`;

const generate: Step = { kind: "exec", argv: ["locale-gen"], within: 900 };

export function planLocale(name: string, isDefault: boolean, state: LocaleState, answers: Answers): Planned {
  const key = `locale:${name}`;
  const seen = answers.get(key) ?? "";
  const isBuiltin = state.gen === "builtin";
  const isListed = isBuiltin || state.gen === "yes";
  const setsLang = isDefault && !state.lang;
  const diff: Diff[] = [
    ...(isListed ? [] : [{ path: "/etc/locale.gen", from: "", to: name }]),
    ...(state.made ? [] : [{ path: "made", from: "no", to: "yes" }]),
    ...(setsLang ? [{ path: "default", from: "no", to: "yes" }] : []),
  ];
  if (diff.length === 0) return noop({ [key]: seen });
  refuseMissing(name, state, answers);
  const fields = {
    gen: isBuiltin ? "builtin" : "yes",
    made: "yes",
    lang: isDefault || state.lang ? "yes" : "no",
    file: isBringing(answers) ? ANY : state.file,
  };
  return {
    action: !state.made && !isListed ? "create" : "update",
    diff,
    steps: [
      ...(isListed ? [] : [rewriteStep("/etc/locale.gen", ENTRY, [name, "yes"])]),
      ...(isListed && state.made ? [] : [generate]),
      ...(setsLang ? [rewriteStep(state.file, DEFAULT, [name])] : []),
    ],
    from: { [key]: isBringing(answers) ? ANY : seen },
    to: { [key]: formatAnswer("locale", fields) },
    ...(setsLang ? { notes: ["sessions and programs that run already keep their language"] } : {}),
  };
}

function refuseMissing(name: string, state: LocaleState, answers: Answers): void {
  if (isBringing(answers) || (state.gen === "builtin" ? state.made : state.gen !== "none")) return;
  const [what, hint] =
    state.gen === "builtin"
      ? ["this system has no C.UTF-8", 'let pkg("libc-bin") be newer, or name another locale']
      : ["the package locales is not there, which makes locales", 'add pkg("locales"), or use C.UTF-8'];
  throw new DroverError("CONFLICT", `locale:${name}: ${what}`, { hint });
}

export function planRemoval(name: string, state: LocaleState, answers: Answers): Planned {
  const key = `locale:${name}`;
  const seen = answers.get(key) ?? "";
  if (state.gen === "builtin")
    return { ...noop({ [key]: seen }), action: "delete", notes: [`${name} is part of the system and stays`] };
  const to = formatAnswer("locale", { gen: "no", made: "no", lang: "no", file: state.file });
  return {
    action: "delete",
    diff: [
      { path: "/etc/locale.gen", from: name, to: "" },
      ...(state.lang ? [{ path: "default", from: "yes", to: "no" }] : []),
    ],
    steps: [
      ...(state.lang ? [rewriteStep(state.file, DEFAULT, [""])] : []),
      rewriteStep("/etc/locale.gen", ENTRY, [name, "no"]),
      generate,
    ],
    from: { [key]: seen },
    to: { [key]: to },
    ...(state.lang ? { notes: ["without a default, programs speak C (plain English, ASCII)"] } : {}),
  };
}
