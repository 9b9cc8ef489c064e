import { ABSENT, type Answers, isUnknown, parseAnswer, unword } from "../answer.ts";
import type { Asker } from "../query.ts";

/** `entries:<path>`: `absent`, or `entries names=a/b/c` of what is in a folder, with `more=` beyond the first thousand. */
export const ENTRIES: Asker = `
for entries_d in "$@"; do
  if [ ! -d "$entries_d" ]; then line "entries:$entries_d" absent; continue; fi
  if [ ! -r "$entries_d" ] || [ ! -x "$entries_d" ]; then line "entries:$entries_d" 'unknown why=it%20may%20not%20be%20read'; continue; fi
  (
    entries_n=0; entries_all=; cd -- "$entries_d" || exit
    for entries_e in * .[!.]* ..?*; do
      [ -e "$entries_e" ] || [ -L "$entries_e" ] || continue
      entries_n=$((entries_n + 1))
      [ $entries_n -le 1000 ] || continue
      case $entries_e in *[!A-Za-z0-9._-]*) entries_e=$(word "$(printf %s "$entries_e" | tr '\\000-\\037\\177' '?')") ;; esac
      entries_all=$entries_all\${entries_all:+/}$entries_e
    done
    if [ $entries_n -gt 1000 ]; then line "entries:$entries_d" "entries names=$entries_all more=$((entries_n - 1000))"
    else line "entries:$entries_d" "entries names=$entries_all"; fi
  )
done`;

/** What is in a folder: the first thousand by name, the rest by number. */
export interface Entries {
  readonly names: readonly string[];
  readonly more: number;
}

/** What will still be in a folder when its turn comes; undefined where it could not be read. */
export function entriesLeft(folder: string, answers: Answers): Entries | undefined {
  const answer = answers.get(`entries:${folder}`);
  if (answer === undefined || isUnknown(answer)) return undefined;
  const { fields } = parseAnswer(answer);
  const names = (fields["names"] ?? "").split("/").filter((entry) => entry !== "");
  const above = folder === "/" ? "" : folder;
  const left = names.map(unword).filter((entry) => !isGone(`${above}/${entry}`, answers));
  return { names: left, more: Number(fields["more"] ?? 0) };
}

/** `a, b, c and 2 more`; empty for none. */
export function entriesText({ names, more }: Entries): string {
  const rest = Math.max(0, names.length - 3) + more;
  if (names.length === 0) return rest > 0 ? "more" : "";
  return names.slice(0, 3).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

function isGone(path: string, answers: Answers): boolean {
  return ["path", "entry"].some((kind) => answers.get(`${kind}:${path}`) === ABSENT);
}
