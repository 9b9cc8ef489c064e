import type { Runbook } from "../../api.ts";
import { type Part, partsOf } from "./runbook.ts";

/** All machines' pages in one file that needs nothing else. Pure. */
export function runbookHtml(stack: string, books: readonly Runbook[]): string {
  const links = books.map(({ machine }) => `<a href="#${safe(machine)}">${safe(machine)}</a>`).join(" ");
  const pages = books.map(
    (book) =>
      `<section id="${safe(book.machine)}"><h1>${safe(book.machine)}</h1>${partsOf(book).map(partHtml).join("")}</section>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${safe(stack)}: its machines</title>
<style>${STYLE}</style></head>
<body><nav>${links}</nav>${pages.join("\n")}</body></html>
`;
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:0 auto;padding:1rem;color-scheme:light dark}
nav{position:sticky;top:0;padding:.5rem 0;background:Canvas;border-bottom:1px solid #8884}
nav a{margin-right:1rem}table{border-collapse:collapse;margin:.5rem 0 1.5rem;font-size:13px;display:block;overflow-x:auto}
th,td{border:1px solid #8884;padding:.2rem .6rem;text-align:left;vertical-align:top}th{background:#8881}
h1{margin-top:2.5rem}h2{font-size:1.1rem;margin-bottom:.3rem}`;

function partHtml({ title, text, head = [], rows = [] }: Part): string {
  const said = text === undefined ? "" : `<p>${safe(text)}</p>`;
  if (rows.length === 0) return `<h2>${safe(title)}</h2>${said}`;
  const titles = head.some((one) => one !== "")
    ? `<tr>${head.map((one) => `<th>${safe(one)}</th>`).join("")}</tr>`
    : "";
  const lines = rows.map((row) => `<tr>${row.map((cell) => `<td>${safe(cell)}</td>`).join("")}</tr>`);
  return `<h2>${safe(title)}</h2>${said}<table>${titles}${lines.join("")}</table>`;
}

/** What a machine says is data: it makes no markup. */
function safe(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[\u0000-\u001f\u007f]+/g, " ").replace(/[&<>"']/g, (char) => names[char] ?? "");
}
