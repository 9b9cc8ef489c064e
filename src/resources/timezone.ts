import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import { ANY, type Answers, formatAnswer, isUnknown, parseAnswer, unknownWhy, unword, word } from "../model/answer.ts";
import { isBringing } from "../model/ask/path-state.ts";
import { noop, type Planned } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { TIMEZONE, ZONEINFO } from "./timezone/ask.ts";
import { zoneStep } from "./timezone/steps.ts";

const zoneSchema = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9][A-Za-z0-9_+-]*){0,2}$/,
    "expected a time zone, such as Europe/Berlin or UTC",
  );

export const timezoneSchema = z.strictObject({
  zone: zoneSchema.describe("The zone's name under /usr/share/zoneinfo; the package tzdata brings them."),
});

export type TimezoneInput = z.input<typeof timezoneSchema>;
export type TimezoneSpec = z.output<typeof timezoneSchema>;

export interface TimezoneState {
  /** Where /etc/localtime leads. */
  readonly link: string;
  /** What /etc/timezone says; undefined where it is not there. */
  readonly file: string | undefined;
}

/** The machine's time zone. There is one always: it is used as found, and stays when it leaves the file. */
export const timezoneType: ResourceType<TimezoneSpec, TimezoneState> = {
  type: "timezone",
  title: "The machine's time zone.",
  schema: timezoneSchema,
  sharing: "shared",
  askers: { timezone: TIMEZONE, zoneinfo: ZONEINFO },
  query: (wanted) =>
    wanted.flatMap(({ name, spec }) => [
      { kind: "timezone", arg: checkName("timezone", z.literal("system"), name) },
      ...(spec === undefined ? [] : [{ kind: "zoneinfo", arg: spec.zone }]),
    ]),
  parse,
  plan: (_name, spec, observed, { answers }) =>
    spec === undefined ? planLeaving(observed, answers) : planZone(spec.zone, observed, answers),
  spec: (_name, { link }) => ({ zone: zoneSchema.safeParse(link).success ? link : "UTC" }),
  outputs: (_name, { link }) => ({ zone: link }),
  after: () => ["package:tzdata"],
};

export default defineResource(timezoneType);

const KEY = "timezone:system";

function parse(_name: string, answers: Answers): Observed<TimezoneState> {
  const answer = answers.get(KEY) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { link = "", file = "" } = parseAnswer(answer).fields;
  if (link === "") return { kind: "absent" };
  return {
    kind: "present",
    state: { link: unword(link), file: file === "" ? undefined : unword(file) },
    owners: [],
  };
}

function planLeaving(observed: Observed<TimezoneState>, answers: Answers): Planned {
  if (observed.kind !== "present") return noop();
  const left = noop({ [KEY]: answers.get(KEY) ?? "" });
  return { ...left, action: "delete", notes: [`the machine keeps its time zone ${observed.state.link}`] };
}

function planZone(zone: string, observed: Observed<TimezoneState>, answers: Answers): Planned {
  const seen = answers.get(KEY) ?? "zone link= file=";
  const state = observed.kind === "present" ? observed.state : undefined;
  // A promise may leave the file open.
  const isFileRight = state?.file === undefined || state.file === zone || state.file === ANY;
  if (state?.link === zone && isFileRight) return noop({ [KEY]: seen });
  const comes = answers.get(`zoneinfo:${zone}`) === "absent";
  if (comes && !isBringing(answers)) {
    throw new DroverError("CONFLICT", `timezone: there is no zone ${zone} on the machine`, {
      hint: 'correct its name, or let pkg("tzdata") bring the zones',
    });
  }
  const isOpen = isBringing(answers);
  const hasFile = parseAnswer(seen).fields["file"] !== "";
  // Whether /etc/timezone is there in the end depends on what a package brings.
  const file = isOpen ? ANY : hasFile ? word(zone) : "";
  return {
    action: state === undefined ? "create" : "update",
    diff: [
      ...(state?.link === zone ? [] : [{ path: "zone", from: state?.link ?? "", to: zone }]),
      ...fileDiff(state, zone),
    ],
    steps: [zoneStep(zone)],
    from: { [KEY]: isOpen ? ANY : seen },
    to: { [KEY]: formatAnswer("zone", { link: word(zone), file }) },
    ...(zoneSchema.safeParse(state?.link).success ? { undo: [zoneStep(state?.link ?? "")] } : {}),
    notes: ["programs that run already keep the old zone until they are restarted"],
  };
}

function fileDiff(state: TimezoneState | undefined, zone: string): Planned["diff"] {
  if (state?.file === undefined || state.file === zone) return [];
  return [{ path: "/etc/timezone", from: state.file, to: zone }];
}
