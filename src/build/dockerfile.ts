import { DroverError } from "../lib/error.ts";
import type { BuildRequest, Built } from "./build.ts";
import { proxyEnv } from "./build-env.ts";
import { clean } from "./demux.ts";
import { type EngineApi, jsonLines } from "./engine-api.ts";
import { findImage, parseProgress } from "./engine-shapes.ts";
import { withFolders } from "./layer.ts";
import type { DockerfileRecipe } from "./recipe.ts";
import { sourceEntries } from "./source-entries.ts";
import { keepTail } from "./tail.ts";
import { tarBytes } from "./tar.ts";

/** Lets the engine build a Dockerfile, with the app's files as its context. */
export async function buildDockerfile(request: BuildRequest & { readonly recipe: DockerfileRecipe }): Promise<Built> {
  const { api, recipe, name, signal } = request;
  if (recipe.secretFiles.length > 0) {
    throw new DroverError("BUILD_FAILED", "a Dockerfile build cannot be given secret files", {
      hint: `leave out build.secrets (${recipe.secretFiles.join(", ")}): the engine's builder would write them into layers`,
    });
  }
  let bytesSent = 0;
  const context = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of tarBytes(withFolders(sourceEntries(request.tree, "")))) {
      bytesSent += chunk.byteLength;
      yield chunk;
    }
  };
  const response = await api.call("POST", "/build", { query: queryOf(request), body: context(), signal });
  await follow(response, request.onOutput);
  return {
    imageId: await idOf(api, name, signal),
    tag: name,
    baseDigest: undefined,
    bytesSent,
    sentLayers: [],
    cached: { deps: false, assets: false },
  };
}

function queryOf(request: BuildRequest & { readonly recipe: DockerfileRecipe }): Record<string, string | undefined> {
  return {
    t: request.name,
    dockerfile: request.recipe.path,
    target: request.recipe.target,
    // Proxy variables are known to every builder: they need no ARG and leave no trace in the image.
    buildargs: JSON.stringify(proxyEnv(request.proxy)),
    labels: JSON.stringify(request.labels),
    networkmode: request.network,
    pull: request.refresh === true ? "1" : undefined,
    rm: "1",
    forcerm: "1",
  };
}

async function follow(response: Parameters<typeof jsonLines>[0], onOutput: (line: string) => void): Promise<void> {
  const tail = keepTail();
  for await (const value of jsonLines(response)) {
    const progress = parseProgress(value);
    for (const line of (progress.stream ?? progress.status ?? "").split("\n").map(clean)) {
      if (line.trim() === "") continue;
      tail.add(line);
      onOutput(line);
    }
    const error = progress.errorDetail?.message ?? progress.error;
    if (error !== undefined) throw failure(error, tail.lines());
  }
}

function failure(error: string, tail: readonly string[]): DroverError {
  const missing = /(COPY|ADD) failed|no such file or directory|not found in build context/i.test(error);
  return new DroverError("BUILD_FAILED", `the Dockerfile's build failed: ${error.trim()}`, {
    evidence: [...tail, error.trim()],
    ...(missing
      ? {
          hint: "files that .gitignore leaves out are not in the context; a .dockerignore, if there is one, decides alone",
        }
      : {}),
  });
}

async function idOf(api: EngineApi, name: string, signal: AbortSignal): Promise<string> {
  const image = await findImage(api, name, signal);
  if (image !== undefined) return image.id;
  throw new DroverError("BUILD_FAILED", `the engine built ${name}, but does not have it`);
}
