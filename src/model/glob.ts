/** Whether a name is what a pattern with `*` and `?` says. */
export function matchesGlob(name: string, pattern: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(name);
}

export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}
