/**
 * The server that static sites get: one file, run by Node, with nothing else to install. It is text because it becomes
 * a file in a layer. Files never change within an image, so a file's ETag is made once.
 */
export const STATIC_SERVER = String.raw`import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";

const root = await realpath(process.argv[2] ?? ".");
const port = Number(process.env.PORT ?? 3000);
const TYPES = {
  ".html": "text/html; charset=utf-8", ".htm": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".json": "application/json",
  ".map": "application/json", ".webmanifest": "application/manifest+json", ".xml": "application/xml",
  ".txt": "text/plain; charset=utf-8", ".md": "text/markdown; charset=utf-8", ".csv": "text/csv; charset=utf-8",
  ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
  ".webp": "image/webp", ".avif": "image/avif", ".ico": "image/vnd.microsoft.icon", ".woff": "font/woff",
  ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf", ".wasm": "application/wasm", ".pdf": "application/pdf",
  ".mp4": "video/mp4", ".webm": "video/webm", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".wav": "audio/wav",
  ".zip": "application/zip", ".gz": "application/gzip",
};
const tags = new Map();

async function tagOf(file) {
  if (tags.has(file)) return tags.get(file);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  const tag = '"' + hash.digest("base64url").slice(0, 27) + '"';
  tags.set(file, tag);
  return tag;
}

// Only real files below the root: neither dots nor encoded slashes nor links lead out of it.
async function find(path) {
  try {
    const file = await realpath(join(root, path));
    if (file !== root && !file.startsWith(root + sep)) return undefined;
    const info = await stat(file);
    return info.isDirectory() ? { folder: true } : info.isFile() ? { file, size: info.size } : undefined;
  } catch {
    return undefined;
  }
}

function decode(url) {
  try {
    const path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
    const bad = !path.startsWith("/") || /[\0\\]/.test(path) || path.split("/").some((part) => part === ".." || part === ".");
    const hidden = /\/\.(?!well-known(\/|$))/.test(path);
    return bad || hidden ? undefined : path;
  } catch {
    return undefined;
  }
}

async function locate(path) {
  const found = await find(path);
  if (found?.folder !== true) return path.endsWith("/") ? undefined : found;
  if (!path.endsWith("/")) return (await find(path + "/index.html"))?.file ? { redirect: path + "/" } : undefined;
  const index = await find(path + "index.html");
  return index?.file ? index : undefined;
}

async function answer(request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD", "content-length": 0 }).end();
    return;
  }
  const path = decode(request.url ?? "/");
  const found = path === undefined ? undefined : await locate(path);
  if (found?.redirect !== undefined) {
    const query = /\?[^#]*/.exec(request.url)?.[0] ?? "";
    // One slash only: two would name another host.
    response.writeHead(308, { location: encodeURI(found.redirect).replace(/^\/+/, "/") + query, "content-length": 0 }).end();
  } else if (found !== undefined) await send(request, response, 200, found);
  else if (path === "/up") text(request, response, 200, "ok\n");
  else await missing(request, response);
}

async function missing(request, response) {
  const page = await find("/404.html");
  if (page?.file) await send(request, response, 404, page);
  else text(request, response, 404, "Not found\n");
}

function text(request, response, status, body) {
  const headers = { "content-type": "text/plain; charset=utf-8", "content-length": Buffer.byteLength(body), "cache-control": "no-store" };
  response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : body);
}

async function send(request, response, status, { file, size }) {
  const etag = await tagOf(file);
  const headers = {
    etag, "cache-control": "no-cache", "x-content-type-options": "nosniff",
    "content-type": TYPES[extname(file).toLowerCase()] ?? "application/octet-stream",
  };
  const known = (request.headers["if-none-match"] ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (status === 200 && (known.includes(etag) || known.includes("*"))) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(status, { ...headers, "content-length": size });
  if (request.method === "HEAD") response.end();
  else if (size < 65536) response.end(await readFile(file));
  else createReadStream(file).on("error", () => response.destroy()).pipe(response);
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => {
    if (response.headersSent) response.destroy();
    else text(request, response, 500, "Something went wrong\n");
  });
});
server.listen(port, () => console.log("serving " + root + " on port " + server.address().port));
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
`;
