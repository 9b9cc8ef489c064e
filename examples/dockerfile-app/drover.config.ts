import { app, defineStack, local } from "drover";

export default defineStack({
  id: "py-9d2w6t",
  name: "dockerfile-app",
  machines: { here: local() },
  apps: {
    hello: app({
      source: ".",
      on: "here",
      port: 8000,
      domains: ["hello.localhost"],
      health: "/up",
    }),
  },
});
