import { app, defineStack, local } from "drover";

export default defineStack({
  id: "st-4c8m2x",
  name: "static-site",
  machines: { here: local() },
  apps: {
    site: app({
      source: ".",
      on: "here",
      domains: ["site.localhost"],
    }),
  },
});
