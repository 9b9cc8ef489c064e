import { app, defineStack, local } from "drover";

export default defineStack({
  id: "gb-7f3k9q",
  name: "guestbook",
  machines: { here: local() },
  apps: {
    guestbook: app({
      source: ".",
      on: "here",
      port: 3000,
      domains: ["guestbook.localhost"],
      health: "/up",
      env: { DATA_DIR: "/data" },
      volumes: { "/data": { mode: "shared" } },
    }),
  },
});
