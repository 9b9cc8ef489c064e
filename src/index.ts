/** What stack files import from "drover". */
export { app } from "./authoring/app.ts";
export { local, server } from "./authoring/machines.ts";
export { secret } from "./authoring/secret.ts";
export { defineStack } from "./authoring/stack.ts";
