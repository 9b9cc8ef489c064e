import type { LogLine, Options } from "../api.ts";
import { selectMachines } from "../engine/hosts.ts";
import { DroverError } from "../lib/error.ts";
import { lineSplitter } from "../lib/ndjson.ts";
import { factsOf } from "../model/facts.ts";
import type { Place, ProcessView } from "../model/place.ts";
import type { Session } from "../model/session.ts";
import { ownerOf } from "../model/stack.ts";
import type { Context } from "./context.ts";

export type LogOptions = Options & { readonly follow: boolean; readonly tail: number };

interface Source {
  readonly machine: string;
  readonly session: Session;
  readonly place: Place;
  readonly process: ProcessView;
}

/** The last lines of every process of an app (or of all), and with `follow` those to come. */
export async function* logs(context: Context, app: string | undefined, options: LogOptions): AsyncIterable<LogLine> {
  const { stack } = context;
  if (app !== undefined && stack.apps[app] === undefined) {
    throw new DroverError("USAGE", `no app ${app} in the stack`, {
      hint: `apps: ${Object.keys(stack.apps).join(", ")}`,
    });
  }
  const machines = selectMachines(stack, options.on);
  const sources: Source[] = [];
  for (const machine of machines) {
    const session = await context.hosts.session(machine, options.signal);
    for (const place of Object.values(context.shelves.places)) {
      const answers = await session.ask([{ kind: "fact", arg: "all" }, ...place.query(ownerOf(stack))], options.signal);
      const processes = place.processes(ownerOf(stack), factsOf(answers).answers);
      for (const process of processes)
        if (app === undefined || process.app === app) sources.push({ machine, session, place, process });
    }
  }
  if (sources.length === 0)
    throw new DroverError("USAGE", `nothing of ${app ?? stack.name} runs`, { hint: "drover status" });
  yield* merge(sources, options);
}

/** Lines of all sources as they come; each stream ends by itself, or with the signal. */
async function* merge(sources: readonly Source[], options: LogOptions): AsyncIterable<LogLine> {
  const ready: LogLine[] = [];
  let wake = (): void => {};
  let open = sources.length;
  let failure: unknown;
  for (const source of sources) {
    pump(source, options, (line) => {
      ready.push(line);
      wake();
    }).then(
      () => {
        open -= 1;
        wake();
      },
      (error: unknown) => {
        failure = error;
        open -= 1;
        wake();
      },
    );
  }
  while (open > 0 || ready.length > 0) {
    yield* ready.splice(0);
    if (failure !== undefined) throw failure;
    if (open > 0 && ready.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}

async function pump(source: Source, options: LogOptions, onLine: (line: LogLine) => void): Promise<void> {
  const { machine, process, place } = source;
  const argv = place.logs(process.name, options.follow, options.tail);
  const stream = await source.session.open({ argv }, options.signal);
  const stop = (): void => void stream.destroy();
  options.signal.addEventListener("abort", stop, { once: true });
  stream.end();
  const split = lineSplitter((text) =>
    onLine({ machine, app: process.app, process: process.process, stream: "stdout", text }),
  );
  try {
    for await (const chunk of stream) split(String(chunk));
  } catch (error) {
    if (!options.signal.aborted) throw error;
  } finally {
    options.signal.removeEventListener("abort", stop);
  }
}
