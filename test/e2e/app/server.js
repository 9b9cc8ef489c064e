import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { attachEcho } from "./echo.js";

const { PORT = "3000", DATA_DIR = "/data", DROVER_RELEASE: release = "dev", BROKEN } = process.env;
const version = readFileSync("version.txt", "utf8").trim();
/** How this release is broken: `silent`, `exit`, `error`, `gone`, or nothing. */
const broken = BROKEN ?? (existsSync("broken.txt") ? readFileSync("broken.txt", "utf8").trim() : "");
const notes = `${DATA_DIR}/notes.txt`;

if (broken === "exit") {
  console.log("reading the settings");
  console.error(`${version}: no database at db.internal`);
  process.exit(3);
}

let stopping = false;
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://app");
  const [status, text] = answer(pathname, searchParams);
  response.writeHead(status, { "content-type": "text/plain", ...(stopping ? { connection: "close" } : {}) });
  response.end(`${text}\n`);
});

function answer(path, query) {
  switch (path) {
    case "/":
      return [200, `${version} ${release}`];
    case "/up":
      return broken === "error" ? [500, "no database"] : broken === "gone" ? [404, "no such page"] : [200, "up"];
    case "/save":
      appendFileSync(notes, `${query.get("text")}\n`);
      return [200, "saved"];
    case "/notes":
      return [200, existsSync(notes) ? readFileSync(notes, "utf8").trim() : ""];
    default:
      return [404, "not found"];
  }
}

attachEcho(server, version);
if (broken === "silent") {
  console.log(`${version}: waiting for a queue that nobody has`);
  setInterval(() => {}, 1000);
} else {
  server.listen(Number(PORT), () => console.log(`${version} listens on port ${PORT}`));
}

// What is in flight is answered; connections that are kept but idle are closed.
process.on("SIGTERM", () => {
  stopping = true;
  console.log(`${version} stops`);
  server.close(() => process.exit(0));
  setInterval(() => server.closeIdleConnections(), 50).unref();
  if (!server.listening) process.exit(0);
});
