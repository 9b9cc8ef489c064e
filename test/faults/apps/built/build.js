import { writeFileSync } from "node:fs";
import { say } from "words";
import { release } from "./release.js";

writeFileSync("built.txt", say(release));
