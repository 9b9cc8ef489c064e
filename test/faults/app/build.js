import { writeFileSync } from "node:fs";
import { release } from "./release.js";

writeFileSync("built.txt", `release ${release}\n`);
