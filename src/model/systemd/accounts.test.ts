import { expect, test } from "vitest";
import { accountsIn } from "./accounts.ts";

test("who a unit runs as, by name", () => {
  expect(accountsIn("[Service]\nUser=app\n Group = web \nExecStart=/bin/true User=no\n#User=old\n")).toEqual([
    "user:app",
    "group:web",
  ]);
});

test("numbers, specifiers and what is known after apply only name nobody", () => {
  expect(accountsIn("User=1000\nUser=%i\n")).toEqual([]);
  expect(accountsIn({ concat: ["User=", { output: "user:app", field: "name" }, "\n"] } as never)).toEqual([]);
});
