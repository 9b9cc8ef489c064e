import { z } from "zod";
import { CAPABILITIES } from "./capabilities.ts";
import { lineSchema, nameSchema, pathSchema, textSchema } from "./name.ts";

const seconds = (text: string, fallback: number) =>
  z
    .number("expected seconds as a number, such as 5")
    .positive("expected seconds above 0")
    .max(86_400, "expected at most 86400 seconds")
    .default(fallback)
    .describe(`${text} Seconds; default ${fallback}.`);

const port = z.int("expected an integer from 1 to 65535").min(1).max(65_535);

const domain = z
  .string()
  .max(253)
  .regex(
    /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "expected a lower-case host name such as www.example.com",
  );

export const healthSchema = z.strictObject({
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/, "expected a path such as /up")
    .describe("Answers 2xx when the process is ready."),
  interval: seconds("Between two looks.", 1),
  timeout: seconds("For one answer.", 5),
  start: seconds("Until it must be healthy.", 60),
});

/** Where something appears in a container. */
const mountSchema = pathSchema.refine((path) => path !== "/", "expected a path below /");

export const volumeSchema = z.strictObject({
  mode: z
    .enum(["exclusive", "shared"])
    .default("exclusive")
    .describe("`exclusive`: the old process stops before the new one starts; `shared`: both may use it at once."),
  name: nameSchema.optional().describe("Name of the volume; default made from the path."),
});

export const limitsSchema = z.strictObject({
  memory: z
    .string()
    .regex(/^[1-9]\d*(m|g)$/, 'expected a size such as "256m" or "1g"')
    .optional()
    .describe("Memory limit; swap is not added to it."),
  cpus: z.number().positive().max(1024).optional().describe("CPU limit in cores, e.g. 0.5."),
  pids: z.int().min(1).default(512).describe("Most processes and threads; default 512."),
});

const processFields = {
  command: z.array(lineSchema).min(1).optional().describe("The argument list to run; default the image's own."),
  scale: z.int().min(0).max(50).default(1).describe("How many of it run; default 1."),
};
export const processSchema = z.strictObject({
  ...processFields,
  limits: limitsSchema.optional().describe("Limits for this process, over the app's."),
});

/** The fields of `app({ ... })`. */
export const appSchema = z
  .strictObject({
    source: z
      .string()
      .min(1)
      .optional()
      .describe("Folder with the source, relative to the stack file. One of source and image."),
    image: z
      .string()
      .regex(/^[\w][\w./:@-]*$/, "expected an image reference")
      .optional()
      .describe("A ready image in place of source."),
    on: z.union([nameSchema, z.array(nameSchema).min(1)]).describe("The machine it runs on, or several."),
    place: z.enum(["docker"]).default("docker").describe("How it runs there; default `docker`."),
    port: port.default(3000).describe("The port that the `web` process listens on; it is told as PORT. Default 3000."),
    domains: z
      .array(domain)
      .default([])
      .describe("Host names routed to it. Without any it is the machine's default route."),
    health: z
      .union([z.string(), healthSchema])
      .transform((value) => (typeof value === "string" ? { path: value } : value))
      .pipe(healthSchema)
      .default({ path: "/", interval: 1, timeout: 5, start: 60 })
      .describe("Path that proves it ready, or the path with interval, timeout and start time. Default `/`."),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected a name such as LOG_LEVEL"), textSchema)
      .default({})
      .describe("Environment; a value may be `secret(...)`, which the container engine then stores root-only."),
    files: z
      .record(mountSchema, textSchema)
      .default({})
      .describe("Files given to it, read-only: the better way for secrets."),
    processes: z
      .record(nameSchema, processSchema)
      .default({})
      .describe("Processes by name; only `web` gets the port and routes."),
    volumes: z.record(mountSchema, volumeSchema).default({}).describe("Volumes by the path where they appear."),
    limits: limitsSchema.default({ pids: 512 }).describe("Limits for every process."),
    user: z
      .string()
      .regex(/^\d+(:\d+)?$/, 'expected a number such as "10001" or "10001:10001"')
      .optional()
      .describe("Numeric user; default 10001:10001 for images that Drover makes, else the image's own."),
    writable: z.boolean().default(false).describe("A writable root file system; default false: only /tmp and volumes."),
    capabilities: z
      .array(z.enum(CAPABILITIES))
      .default([])
      .describe("Linux capabilities to keep, as capabilities(7) lists them, without `CAP_`; all others are dropped."),
    drain: seconds("Longest wait for open requests and connections of the old release.", 30),
    stop: seconds("Between SIGTERM and SIGKILL.", 30),
    keep: z
      .int()
      .min(1)
      .max(50)
      .default(5)
      .describe("Successful releases kept, the current one among them; default 5."),
    build: z
      .strictObject({
        on: nameSchema.optional().describe("Machine whose container engine builds; default where it runs."),
        base: z.string().optional().describe("Base image; default fits what was detected."),
        dockerfile: z
          .string()
          .optional()
          .describe("Path of the Dockerfile in the source; default `Dockerfile` when there."),
        target: z.string().optional().describe("Stage of the Dockerfile to build."),
        secrets: z
          .array(z.string())
          .default([])
          .describe("Files of the source (such as .npmrc) used by the build only, never in a layer."),
      })
      .default({ secrets: [] })
      .describe("How its image is built; every part has a default."),
    was: nameSchema.optional().describe("Its earlier name: it is renamed, its volumes stay."),
  })
  .superRefine((app, context) => {
    if ((app.source === undefined) === (app.image === undefined)) {
      context.addIssue({ code: "custom", path: ["source"], message: "give exactly one of `source` and `image`" });
    }
  });

/** What a user writes. */
export type AppInput = z.input<typeof appSchema>;
/** With defaults filled in. */
export type AppSpec = z.output<typeof appSchema>;

/** The processes of an app; without any declared it is one `web`. */
export function processesOf(app: AppSpec): Record<string, z.output<typeof processSchema>> {
  return Object.keys(app.processes).length > 0 ? app.processes : { web: { scale: 1 } };
}

export function machinesOf(app: AppSpec): string[] {
  return typeof app.on === "string" ? [app.on] : app.on;
}
