import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { page } from "./page.js";

const style = readFileSync(new URL("style.css", import.meta.url), "utf8");
const slowest = 20_000;

/** The routes. `isClosing` tells whether the process is on its way out: then no connection is kept for another request. */
export function createApp({ store, release, host, isClosing = () => false }) {
  const app = new Hono();
  const render = (extra) => page({ entries: store.newest(50), total: store.count(), release, host, ...extra });

  app.use(async (context, next) => {
    await next();
    context.header("content-security-policy", "default-src 'self'; img-src data:; form-action 'self'");
    if (isClosing()) context.header("connection", "close");
  });

  app.get("/", (context) => context.html(render()));

  app.post("/entries", bodyLimit({ maxSize: 16_384 }), async (context) => {
    const draft = readEntry(await context.req.parseBody().catch(() => ({})));
    const problem = findProblem(draft);
    if (problem !== "") return context.html(render({ draft, problem }), 400);
    store.add(draft.name, draft.message);
    return context.redirect("/", 303);
  });

  app.get("/up", (context) => {
    try {
      store.count();
      return context.text("up\n");
    } catch (error) {
      return context.text(`the database does not answer: ${error.message}\n`, 503);
    }
  });

  app.get("/version", (context) => context.text(`${release} ${host}\n`));

  app.get("/slow", async (context) => {
    const ms = Math.min(Math.max(Number(context.req.query("ms")) || 0, 0), slowest);
    await wait(ms);
    return context.text(`${release} answered after ${ms} ms\n`);
  });

  app.get("/style.css", (context) => context.body(style, 200, { "content-type": "text/css; charset=utf-8" }));
  app.notFound((context) => context.text("not found\n", 404));
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse();
    console.error(error);
    return context.text("something went wrong\n", 500);
  });
  return app;
}

function readEntry(form) {
  const field = (value) => (typeof value === "string" ? value.trim() : "");
  return { name: field(form.name), message: field(form.message) };
}

function findProblem({ name, message }) {
  if (name === "" || message === "") return "Please give your name and a few words.";
  if (name.length > 80) return "Please keep your name under 80 characters.";
  if (message.length > 1000) return "Please keep it under 1000 characters.";
  return "";
}
