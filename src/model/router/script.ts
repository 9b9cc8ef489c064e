import { commandsPart } from "./script/commands.ts";
import { drainPart } from "./script/drain.ts";
import { filesPart } from "./script/files.ts";
import { headPart } from "./script/head.ts";
import { mainPart } from "./script/main.ts";
import { preflightPart } from "./script/preflight.ts";
import { runPart } from "./script/run.ts";
import { statePart } from "./script/state.ts";
import { switchPart } from "./script/switch.ts";
import { talkPart } from "./script/talk.ts";

/**
 * The POSIX sh script that a target keeps as `<dir>/sync`: it alone changes files and runtime of the router, under the
 * caller's lock. Needs coreutils, haproxy and socat. Its head documents sub-commands and exit codes.
 */
export const syncScript = [
  headPart,
  talkPart,
  filesPart,
  runPart,
  switchPart,
  drainPart,
  commandsPart,
  statePart,
  preflightPart,
  mainPart,
].join("\n");
