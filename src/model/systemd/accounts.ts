import { maskText, type Text } from "../secret.ts";

/** The users and groups that a unit's text says to run as, as the edges `user:name` and `group:name`. */
export function accountsIn(text: Text): string[] {
  const named = maskText(text).matchAll(/^\s*(User|Group)\s*=\s*([a-z_][a-z0-9_-]*)\s*$/gm);
  return [...named].map(([, key, name]) => `${key === "User" ? "user" : "group"}:${name}`);
}
