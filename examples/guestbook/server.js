import { createServer } from "node:http";
import { hostname } from "node:os";
import { getRequestListener } from "@hono/node-server";
import { createApp } from "./app.js";
import { watch } from "./closing.js";
import { attachEcho } from "./echo.js";
import { openStore } from "./store.js";

const { PORT = "3000", DATA_DIR = "./data", DROVER_RELEASE: release = "dev" } = process.env;

const store = openStore(DATA_DIR);
const server = createServer();
const connections = watch(server);
const echo = attachEcho(server, release);
const app = createApp({ store, release, host: hostname(), isClosing: connections.isClosing });
server.on("request", getRequestListener(app.fetch));
server.listen(Number(PORT), () => console.log(`guestbook ${release} listens on port ${server.address().port}`));

async function stop(signal) {
  if (connections.isClosing()) return;
  const closed = connections.close({ unusedAfter: 1000, allAfter: 25_000 });
  echo.close(2000);
  console.log(`${signal}: finishing what is in flight`);
  await closed;
  store.close();
  console.log("closed");
  process.exit(0);
}
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
