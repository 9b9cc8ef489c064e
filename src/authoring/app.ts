import type { AppInput } from "../model/app.ts";

/**
 * An app: source code or an image in, a running, routed, recorded app out.
 *
 * @example
 * app({ source: ".", on: "web", port: 3000, domains: ["www.example.com"], health: "/up" })
 */
export function app(app: AppInput): AppInput {
  return app;
}
