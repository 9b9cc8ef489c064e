import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy } from "../model/answer.ts";
import { foldersAbove } from "../model/ask/path-state.ts";
import { noop } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { FILESYSTEM } from "../model/device/ask.ts";
import { FSTAB } from "../model/fstab/ask.ts";
import { seenEntry } from "../model/fstab/entry.ts";
import { pathSchema } from "../model/name.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { SWAP } from "./swap/ask.ts";
import { isDevice, planDevice, planDeviceRemoval } from "./swap/device.ts";
import { planRemoval, planSwap, type SwapState, stateOf } from "./swap/plan.ts";

const pathsSchema = pathSchema.refine(
  (path) => path !== "/",
  "expected the path of a file, such as /swapfile, or of a device, such as /dev/vg/swap",
);

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
    .optional()
    .describe("A file's size: `512M`, `2G` (MiB and GiB), or bytes. A device has its own."),
  priority: z.int().min(0).max(32_767).optional().describe("Higher ones are used first; default the kernel decides."),
});

export type SwapInput = z.input<typeof swapSchema>;
export type SwapSpec = z.output<typeof swapSchema>;

/**
 * Swap: a file that is made, or a device that is empty or swap already; switched on now and at boot. When it leaves the stack
 * file, it is switched off, and a file is removed.
 */
export const swapType: ResourceType<SwapSpec, SwapState> = {
  type: "swap",
  title: "Swap, in a file or on a device, switched on now and at boot.",
  schema: swapSchema,
  sharing: "exclusive",
  askers: { swap: SWAP, fstab: FSTAB, filesystem: FILESYSTEM },
  query: (wanted) =>
    wanted.flatMap(({ name }) => {
      const path = checkName("swap", pathsSchema, name);
      return [
        { kind: "swap", arg: path },
        { kind: "fstab", arg: `swap=${path}` },
        ...(isDevice(path) ? [{ kind: "filesystem", arg: path }] : []),
      ];
    }),
  parse,
  plan: (path, spec, observed, context) => {
    const isWhole = isDevice(path);
    if (spec !== undefined) return isWhole ? planDevice(path, spec, context) : planSwap(path, spec, context);
    if (observed.kind !== "present") return noop();
    return isWhole ? planDeviceRemoval(path, context) : planRemoval(path, context);
  },
  spec: (path, { size, priority }) => ({
    ...(isDevice(path) ? {} : { size: size ?? 1024 ** 2 }),
    ...(priority === undefined || Number(priority) < 0 ? {} : { priority: Number(priority) }),
  }),
  after: (path) => [
    ...foldersAbove(path).map((folder) => `directory:${folder}`),
    ...foldersAbove(path).map((folder) => `mount:${folder}`),
    ...(isDevice(path) ? ["volume-group:*", "logical-volume:*", "package:*"] : []),
  ],
};

export default defineResource(swapType);

function parse(path: string, answers: Answers): Observed<SwapState> {
  const answer = answers.get(`swap:${path}`) ?? "unknown why=it%20was%20not%20answered";
  const listed = answers.get(`fstab:swap=${path}`) ?? "unknown why=it%20was%20not%20answered";
  const unread = [answer, listed].find(isUnknown);
  if (unread !== undefined) return { kind: "unknown", why: unknownWhy(unread) };
  const { head } = parseAnswer(answer);
  if (head === "other" || (head === "file" && isDevice(path)) || (head === "device" && !isDevice(path)))
    return { kind: "unknown", why: isDevice(path) ? "it is no device" : "it is no plain file" };
  const held = isDevice(path) ? (answers.get(`filesystem:${path}`) ?? "") : "";
  if (isUnknown(held)) return { kind: "unknown", why: unknownWhy(held) };
  const state = stateOf(path, answers);
  // An entry without its file is what is left of a removal that was interrupted.
  const isThere = state.size !== undefined || state.isActive || seenEntry(`swap=${path}`, answers) !== undefined;
  return isThere ? { kind: "present", state, owners: [] } : { kind: "absent" };
}
