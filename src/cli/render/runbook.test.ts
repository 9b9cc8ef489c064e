import { expect, test } from "vitest";
import type { Runbook } from "../../api.ts";
import { runbookMarkdown } from "./runbook.ts";
import { runbookHtml } from "./runbook-html.ts";

const book: Runbook = {
  machine: "web",
  groups: ["all"],
  stack: "gb",
  owner: "gb/production",
  facts: { os: "debian" },
  processes: [],
  routes: [],
  pending: 1,
  things: [
    {
      id: "file:/etc/<b>|x",
      type: "file",
      name: "/etc/<b>|x",
      title: "A file.",
      at: "drover.config.ts:7",
      state: "file mode=644",
      last: { run: 3, time: "2026-11-27T10:00:00Z", by: "ann@laptop" },
    },
  ],
  inventory: {
    user: { root: "uid=0 shell=/bin/bash", games: "uid=5 shell=/usr/sbin/nologin" },
    port: { "tcp/0.0.0.0:22": "by=sshd" },
  },
  runs: [{ number: 3, time: "2026-11-27T10:00:00Z", by: "ann@laptop", command: "up", ok: true }],
};

test("a page says what is there, where it is declared and who changed it; those who cannot log in are left out", () => {
  const text = runbookMarkdown(book);
  expect(text).toContain("1 change is pending");
  expect(text).toContain("drover.config.ts:7 | run #3, 2026-11-27T10:00:00Z, ann@laptop");
  expect(text).toContain("| tcp/0.0.0.0:22 | sshd |");
  expect(text).toContain("| root |");
  expect(text).not.toContain("games");
});

test("what a machine says makes no markup", () => {
  expect(runbookMarkdown(book)).toContain("/etc/\\<b\\>\\|x");
  const html = runbookHtml("a <script>", [book]);
  expect(html).toContain("/etc/&lt;b&gt;|x");
  expect(html).toContain("a &lt;script&gt;");
  expect(html).not.toMatch(/<b>|<script/);
});
