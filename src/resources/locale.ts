import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy } from "../model/answer.ts";
import { noop } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { LOCALE } from "./locale/ask.ts";
import { planLocale, planRemoval } from "./locale/plan.ts";

const nameSchema = z
  .string()
  .regex(/^(C|[a-z]{2,3}(_[A-Z]{2})?)\.UTF-8$/, "expected a locale with UTF-8, such as de_DE.UTF-8 or C.UTF-8");

export const localeSchema = z.strictObject({
  default: z
    .boolean()
    .default(false)
    .describe("Makes it the system's `LANG`, in /etc/default/locale. One locale of a machine at most is the default."),
});

export type LocaleInput = z.input<typeof localeSchema>;
export type LocaleSpec = z.output<typeof localeSchema>;

export interface LocaleState {
  /** Its entry in /etc/locale.gen; `none` without the package locales. */
  readonly gen: "yes" | "no" | "none" | "builtin";
  readonly made: boolean;
  /** Whether it is the default. */
  readonly lang: boolean;
  /** The file that says what is the default. */
  readonly file: string;
}

/** A language of the system, made by locale-gen. One that is there already is used, and stays. */
export const localeType: ResourceType<LocaleSpec, LocaleState> = {
  type: "locale",
  title: "A locale that programs may use, and perhaps the default.",
  schema: localeSchema,
  sharing: "shared",
  askers: { locale: LOCALE },
  query: (wanted) => wanted.map(({ name }) => ({ kind: "locale", arg: checkName("locale", nameSchema, name) })),
  parse: (name, answers) => {
    const state = stateOf(name, answers);
    if ("kind" in state) return state;
    const isThere = state.gen === "yes" || state.made;
    return isThere ? { kind: "present", state, owners: [] } : { kind: "absent" };
  },
  plan: (name, spec, observed, { answers }) => {
    const state = observed.kind === "present" ? observed.state : stateOf(name, answers);
    if ("kind" in state) return noop();
    if (spec !== undefined) return planLocale(name, spec.default, state, answers);
    return observed.kind === "present" ? planRemoval(name, state, answers) : noop();
  },
  spec: (_name, { lang }) => ({ default: lang }),
  after: () => ["package:locales"],
};

export default defineResource(localeType);

function stateOf(name: string, answers: Answers): LocaleState | Extract<Observed<LocaleState>, { kind: "unknown" }> {
  const answer = answers.get(`locale:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { gen, made, lang, file = "/etc/default/locale" } = parseAnswer(answer).fields;
  const entry = (["yes", "no", "none", "builtin"] as const).find((word) => word === gen) ?? "none";
  return { gen: entry, made: made === "yes", lang: lang === "yes", file };
}
