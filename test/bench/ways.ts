import { buildImage } from "../../src/build/build.ts";
import { jsonLines } from "../../src/build/engine-api.ts";
import { type EngineImage, findImage, parseProgress } from "../../src/build/engine-shapes.ts";
import { type ImageLayer, imageConfig } from "../../src/build/image.ts";
import { makeLayer } from "../../src/build/layer.ts";
import { loadImage } from "../../src/build/load.ts";
import { readSource } from "../../src/build/source.ts";
import { tarBytes, textEntry } from "../../src/build/tar.ts";
import { bigApp } from "../build/big-app.ts";
import { buildEnv, folder, LABELS, openLocal, quiet, removeImages, testBase } from "../build/engine.ts";
import { layerRegistry } from "./layer-registry.ts";
import { inTurns, median, ms, table } from "./sample.ts";

/**
 * What the engine takes to put one changed file of 25 KB on an image that it has, by every way that its API offers:
 * the least that any build through that way can take.
 */
const ROUNDS = 9;
const signal = AbortSignal.timeout(1_800_000);
const NAME = "drover-bench/way";

await using api = await openLocal();
using app = folder({});
await using registry = await layerRegistry();
const used = new Set<string>();
try {
  const below = await wholeApp();
  let round = 0;
  const text = (): string => `${process.pid} ${round++} `.padEnd(25_000, "x");
  const times = await inTurns(
    ROUNDS,
    {
      "load, no new layer": () => load(below, text(), 0),
      "load, one new layer": () => load(below, text(), 1),
      "load, four new layers": () => load(below, text(), 4),
      "a container, a file put into it, commit": () => commit(text()),
      "the classic builder, `FROM` it and one `COPY`": () => build(text()),
      "pull one layer from a registry on loopback": () => pull(text()),
    },
    note,
  );
  await note();
  const rows = Object.entries(times).map(([name, all]) => [
    name,
    ms(median(all)),
    `${ms(Math.min(...all))} to ${ms(Math.max(...all))}`,
  ]);
  process.stdout.write(table(["one file of 25 KB on an app of 50 MB", `median of ${ROUNDS}`, "range"], rows));
} finally {
  removeImages(`${NAME}*`);
  for (const id of used) await api.json("DELETE", `/images/${id}`, { accept: [404, 409], signal });
}

/** Images lose their name to the next one: they are noted, and go at the end. */
async function note(): Promise<void> {
  for (const tag of [`${NAME}:1`, registry.image]) {
    const image = await findImage(api, tag, signal);
    if (image !== undefined) used.add(image.id);
  }
}

async function wholeApp(): Promise<EngineImage> {
  const base = await testBase(api, signal);
  bigApp(app.path);
  const { tree, recipe } = await readSource(app.path, {}, signal);
  const request = { api, signal, tree, recipe, base: base.image, name: `${NAME}-below:1`, onOutput: quiet };
  await buildImage({ ...request, labels: LABELS, ...buildEnv });
  const built = await findImage(api, `${NAME}-below:1`, signal);
  if (built === undefined) throw new Error("the engine lost the app's image");
  return built;
}

/** Drover's own way. The file is a piece of it in each of the layers. */
async function load(below: EngineImage, text: string, count: number): Promise<void> {
  const pieces = Array.from({ length: count }, (_, index) => `${index} ${text.slice(0, text.length / count)}`);
  const layers: ImageLayer[] = [];
  for (const [index, piece] of pieces.entries()) {
    const bytes = await makeLayer([textEntry(`app/src/new-${index}.js`, piece)], signal);
    layers.push({ diffId: bytes.diffId, why: "source", bytes });
  }
  const config = imageConfig(below, layers, { labels: { ...LABELS, "drover.bench": text.slice(0, 20) } });
  await loadImage(api, { images: [{ config, tag: `${NAME}:1` }], layers }, undefined, signal);
}

async function commit(text: string): Promise<void> {
  const container = `drover-bench-${process.pid}`;
  const json = { Image: `${NAME}-below:1`, Labels: LABELS };
  await api.json("POST", "/containers/create", { query: { name: container }, json, signal });
  try {
    const body = tarBytes([textEntry("app/src/7.js", text)]);
    await api.json("PUT", `/containers/${container}/archive`, { query: { path: "/" }, body, signal });
    await api.json("POST", "/commit", { query: { container, repo: NAME, tag: "1" }, json: {}, signal });
  } finally {
    await api.json("DELETE", `/containers/${container}`, { query: { force: "1", v: "1" }, signal });
  }
}

async function build(text: string): Promise<void> {
  const dockerfile = `FROM ${NAME}-below:1\nCOPY one /app/src/7.js\n`;
  const body = tarBytes([textEntry("Dockerfile", dockerfile), textEntry("one", text)]);
  await untilDone("/build", { t: `${NAME}:1`, rm: "1" }, body);
}

async function pull(text: string): Promise<void> {
  await registry.offer(await makeLayer([textEntry("app/src/7.js", text)], signal));
  const [fromImage, tag] = [registry.image.replace(/:1$/, ""), "1"];
  await untilDone("/images/create", { fromImage, tag });
}

async function untilDone(path: string, query: Record<string, string>, body?: AsyncIterable<Uint8Array>): Promise<void> {
  const response = await api.call("POST", path, { query, signal, ...(body === undefined ? {} : { body }) });
  for await (const line of jsonLines(response)) {
    const { error } = parseProgress(line);
    if (error !== undefined) throw new Error(error);
  }
}
