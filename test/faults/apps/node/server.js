import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { release } from "./release.js";

const text = `release ${release}\n`;
appendFileSync("/data/starts", text);
const server = createServer((_request, response) => response.end(text)).listen(process.env.PORT);
process.once("SIGTERM", () => server.close(() => process.exit()));
