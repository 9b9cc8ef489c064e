import { readFileSync } from "node:fs";

const version = readFileSync("version.txt", "utf8").trim();
console.log(`${version} works`);
const work = setInterval(() => console.log(`${version} still works`), 500);
process.on("SIGTERM", () => {
  clearInterval(work);
  console.log(`${version} works no more`);
});
