import { expect, test } from "vitest";
import { callSite } from "./declare.ts";

const OWN = "file:///lib/drover/dist/";

test.each([
  [
    "the stack file",
    "Error\n    at declare (file:///lib/drover/dist/index.js:3:1)\n    at file:///srv/app/drover.config.ts:12:5",
    "/srv/app/drover.config.ts:12",
  ],
  [
    "a role within a function",
    "Error\n    at role (file:///srv/app/roles/web%20site.ts?v=1:7:10)",
    "/srv/app/roles/web site.ts:7",
  ],
  ["nobody", "Error\n    at file:///lib/drover/dist/index.js:3:1\n    at node:internal/x:1:1", undefined],
])("is called by %s", (_who, stack, at) => {
  expect(callSite(stack, OWN)).toBe(at);
});
