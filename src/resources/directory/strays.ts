import { DroverError } from "../../lib/error.ts";
import { ABSENT, type Answers, parseAnswer, unknownWhy } from "../../model/answer.ts";
import type { Diff, Planned } from "../../model/change.ts";
import { REMOVE_TREE } from "../../model/edit/remove-tree.ts";
import type { Asker } from "../../model/query.ts";
import type { Step } from "../../model/step.ts";

/**
 * `inside:<folder>`: `inside count=`, and for each entry `stray:<path>` besides: `file open` (everybody may read it),
 * `file`, `link`, `folder`, `other`. One `stat` for a folder. More than a thousand, or a name that no line holds, are unknown.
 */
export const INSIDE: Asker = `(
exec 2>/dev/null
for inside_d in "$@"; do
  if [ ! -d "$inside_d" ] || [ -L "$inside_d" ]; then line "inside:$inside_d" absent; continue; fi
  if [ ! -r "$inside_d" ] || [ ! -x "$inside_d" ]; then line "inside:$inside_d" 'unknown why=it%20may%20not%20be%20read'; continue; fi
  (
    set --; cd -- "$inside_d" || exit
    for inside_e in * .[!.]* ..?*; do [ ! -e "$inside_e" ] && [ ! -L "$inside_e" ] || set -- "$@" "./$inside_e"; done
    case $* in *"$nl"* | *"$tab"*) line "inside:$inside_d" 'unknown why=a%20name%20in%20it%20has%20a%20line%20break%20or%20a%20tab'; exit ;; esac
    if [ $# -gt 1000 ]; then line "inside:$inside_d" 'unknown why=more%20than%20a%20thousand%20things%20are%20in%20it'; exit; fi
    line "inside:$inside_d" "inside count=$#"
    [ $# -gt 0 ] || exit 0
    stat -c '%f:%a:%n' -- "$@" | while IFS= read -r inside_l; do
      inside_n=\${inside_l#*:*:./}; inside_l=\${inside_l%%:./*}
      case $inside_l in 8???:*[4567]) inside_w='file open' ;; 8*) inside_w=file ;; a*) inside_w=link ;; 4*) inside_w=folder ;; *) inside_w=other ;; esac
      line "stray:\${inside_d%/}/$inside_n" "$inside_w"
    done
  )
done
)`;

/** `stray:<path>`: as \`inside\` says it of each entry, or \`absent\`. */
export const STRAY: Asker = `
for stray_p in "$@"; do
  if [ -L "$stray_p" ]; then line "stray:$stray_p" link
  elif [ ! -e "$stray_p" ]; then line "stray:$stray_p" absent
  elif [ -d "$stray_p" ]; then line "stray:$stray_p" folder
  elif [ -f "$stray_p" ]; then
    case $(stat -c %a -- "$stray_p") in *[4567]) line "stray:$stray_p" 'file open' ;; *) line "stray:$stray_p" file ;; esac
  else line "stray:$stray_p" other; fi
done`;

/** What is in a folder and declared by nobody, with what its removal takes. */
export type Strays = Pick<Planned, "diff" | "steps" | "from" | "to" | "destroys">;

/**
 * What has to go so that only declared things are in the folder. A path that some other resource of the plan asked about
 * is declared, or its removal is planned by that one: it is left to it. Pure.
 */
export function strays(name: string, keep: readonly string[], answers: Answers): Strays {
  const inside = answers.get(`inside:${name}`) ?? ABSENT;
  const { head } = parseAnswer(inside);
  if (head === "unknown") {
    throw new DroverError("CONFLICT", `directory:${name}: what is in it cannot be told: ${unknownWhy(inside)}`, {
      hint: "look at it, and take out by hand what is not meant to be there",
    });
  }
  const found = head === ABSENT ? [] : entriesOf(name, answers).filter((entry) => !isKept(entry.file, keep, answers));
  const folders = found.filter((entry) => entry.what === "folder").map((entry) => entry.file);
  return {
    diff: found.map(({ file, what }): Diff => ({ path: file, from: what.split(" ")[0] ?? what, to: "" })),
    steps: found.map(removal),
    from: Object.fromEntries(found.map(({ file, what }) => [`stray:${file}`, what])),
    to: Object.fromEntries(found.map(({ file }) => [`stray:${file}`, ABSENT])),
    ...(folders.length === 0 ? {} : { destroys: `all that is in ${folders.join(", ")}` }),
  };
}

interface Entry {
  readonly file: string;
  readonly what: string;
}

function entriesOf(name: string, answers: Answers): Entry[] {
  const above = name === "/" ? "/" : `${name}/`;
  const prefix = `stray:${above}`;
  return [...answers]
    .filter(([key, what]) => key.startsWith(prefix) && what !== ABSENT && !key.slice(prefix.length).includes("/"))
    .map(([key, what]) => ({ file: key.slice("stray:".length), what }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

const ASKED = ["path", "entry", "secretfile", "archive", "git"];

function isKept(file: string, keep: readonly string[], answers: Answers): boolean {
  const base = file.slice(file.lastIndexOf("/") + 1);
  return ASKED.some((kind) => answers.has(`${kind}:${file}`)) || keep.some((glob) => fits(glob, base));
}

/** `*` and `?` of a file name; all else is itself. */
function fits(glob: string, base: string): boolean {
  const parts = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${parts}$`, "s").test(base);
}

function removal({ file, what }: Entry): Step {
  if (what === "folder") return { kind: "exec", argv: ["sh", "-c", `${REMOVE_TREE}remove_tree "$1"`, "sh", file] };
  return { kind: "remove", path: file, ...(what === "file open" ? { keep: true } : {}) };
}
