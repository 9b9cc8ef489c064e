/** Lines `key<TAB>answer` by key. */
export function answersOf(text: string): Map<string, string> {
  const answers = new Map<string, string>();
  for (const line of text.split("\n")) {
    const at = line.indexOf("\t");
    if (at > 0) answers.set(line.slice(0, at), line.slice(at + 1));
  }
  return answers;
}
