import dayjs from "dayjs";
import relativeTime from "dayjs/plugin/relativeTime.js";
import { html } from "hono/html"; // escapes every value that it puts in

dayjs.extend(relativeTime);

/** The only page. `draft` is what was typed when it could not be taken, and `problem` says why. */
export function page({ entries, total, release, host, draft = { name: "", message: "" }, problem = "" }) {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Guestbook</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <header>
    <h1>Guestbook</h1>
    <p>${total === 0 ? "Nobody has written yet. Be the first." : `${total} ${total === 1 ? "entry" : "entries"} so far.`}</p>
  </header>
  <main>
    <form method="post" action="/entries">
      ${problem === "" ? "" : html`<p class="problem" role="alert">${problem}</p>`}
      <label>Your name <input name="name" value="${draft.name}" maxlength="80" autocomplete="name" required></label>
      <label>Your words <textarea name="message" maxlength="1000" rows="3" required>${draft.message}</textarea></label>
      <button>Sign the book</button>
    </form>
    <ol>${entries.map(item)}</ol>
  </main>
  <footer>release <code>${release}</code> on <code>${host}</code></footer>
</body>
</html>`;
}

function item({ name, message, writtenAt }) {
  const written = dayjs(writtenAt);
  return html`
      <li>
        <p>${message}</p>
        <footer>${name} · <time datetime="${written.toISOString()}">${written.fromNow()}</time></footer>
      </li>`;
}
