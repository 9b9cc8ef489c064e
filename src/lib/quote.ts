/**
 * Quotes one word for a POSIX shell. Single quotes keep every byte as it is; a single quote itself becomes '\''.
 * NUL cannot be in an argument and is refused by the caller's schema; here it throws so that it is never dropped.
 */
export function quote(word: string): string {
  if (word.includes("\0")) throw new RangeError("a NUL byte cannot be part of a shell word");
  if (/^[A-Za-z0-9_/.:,@%+=-]+$/.test(word) && !word.startsWith("=")) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Quotes an argument list into one simple command. */
export function quoteAll(argv: readonly string[]): string {
  return argv.map(quote).join(" ");
}
