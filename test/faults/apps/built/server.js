import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const text = readFileSync("built.txt");
const server = createServer((_request, response) => response.end(text)).listen(process.env.PORT);
process.once("SIGTERM", () => server.close(() => process.exit()));
