import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy } from "../model/answer.ts";
import { foldersAbove } from "../model/ask/path-state.ts";
import { noop } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { FSTAB } from "../model/fstab/ask.ts";
import { seenEntry } from "../model/fstab/entry.ts";
import { pathSchema } from "../model/name.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { SWAP } from "./swap/ask.ts";
import { planRemoval, planSwap, type SwapState, stateOf } from "./swap/plan.ts";

const fileSchema = pathSchema
  .refine((path) => path !== "/", "expected the path of a file, such as /swapfile")
  .refine((path) => !path.startsWith("/dev/"), "a device is no swap file");

const UNITS: Readonly<Record<string, number>> = { M: 1024 ** 2, G: 1024 ** 3 };

export const swapSchema = z.strictObject({
  size: z
    .union([
      z
        .int()
        .min(1024 ** 2)
        .refine((size) => size % 1024 ** 2 === 0, "expected whole MiB"),
      z.string().regex(/^[1-9]\d{0,5}[MG]$/, "expected a size such as 512M or 2G"),
    ])
    .transform((size) => (typeof size === "number" ? size : Number(size.slice(0, -1)) * (UNITS[size.slice(-1)] ?? 1)))
    .describe("Its size: `512M`, `2G` (MiB and GiB), or bytes."),
  priority: z.int().min(0).max(32_767).optional().describe("Higher ones are used first; default the kernel decides."),
});

export type SwapInput = z.input<typeof swapSchema>;
export type SwapSpec = z.output<typeof swapSchema>;

/** A swap file: made, switched on now and at boot. When it leaves the file, it is switched off and removed. */
export const swapType: ResourceType<SwapSpec, SwapState> = {
  type: "swap",
  title: "A swap file, switched on now and at boot.",
  schema: swapSchema,
  sharing: "exclusive",
  askers: { swap: SWAP, fstab: FSTAB },
  query: (wanted) =>
    wanted.flatMap(({ name }) => {
      const path = checkName("swap", fileSchema, name);
      return [
        { kind: "swap", arg: path },
        { kind: "fstab", arg: `swap=${path}` },
      ];
    }),
  parse,
  plan: (path, spec, observed, context) => {
    if (spec !== undefined) return planSwap(path, spec, context);
    return observed.kind === "present" ? planRemoval(path, context) : noop();
  },
  spec: (_path, { size, priority }) => ({
    size: size ?? 1024 ** 2,
    ...(priority === undefined || Number(priority) < 0 ? {} : { priority: Number(priority) }),
  }),
  after: (path) => [
    ...foldersAbove(path).map((folder) => `directory:${folder}`),
    ...foldersAbove(path).map((folder) => `mount:${folder}`),
  ],
};

export default defineResource(swapType);

function parse(path: string, answers: Answers): Observed<SwapState> {
  const answer = answers.get(`swap:${path}`) ?? "unknown why=it%20was%20not%20answered";
  const listed = answers.get(`fstab:swap=${path}`) ?? "unknown why=it%20was%20not%20answered";
  const unread = [answer, listed].find(isUnknown);
  if (unread !== undefined) return { kind: "unknown", why: unknownWhy(unread) };
  if (parseAnswer(answer).head === "other") return { kind: "unknown", why: "it is no plain file" };
  const state = stateOf(path, answers);
  // An entry without its file is what is left of a removal that was interrupted.
  const isThere = state.size !== undefined || seenEntry(`swap=${path}`, answers) !== undefined;
  return isThere ? { kind: "present", state, owners: [] } : { kind: "absent" };
}
