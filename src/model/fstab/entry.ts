import { ABSENT, type Answers, formatAnswer, isUnknown, parseAnswer, unword, word } from "../answer.ts";
import { rewriteStep } from "../line-file/rewrite.ts";
import type { Step } from "../step.ts";

/** A line of /etc/fstab, in plain words. */
export interface FstabEntry {
  readonly source: string;
  /** `none` for swap. */
  readonly target: string;
  readonly type: string;
  readonly options: string;
  readonly pass: string;
}

/** The question about a mount's entry, or about that of a swap file. */
export function fstabKey({ target, source, type }: Pick<FstabEntry, "target" | "source" | "type">): string {
  return type === "swap" ? `swap=${source}` : target;
}

/** Blanks would end a word there. */
function fstabWord(text: string): string {
  return text.replaceAll("\\", "\\134").replaceAll(" ", "\\040").replaceAll("\t", "\\011");
}

function plainWord(text: string): string {
  return text.replaceAll("\\040", " ").replaceAll("\\011", "\t").replaceAll("\\134", "\\");
}

/** The answer that an entry gives. */
export function fstabAnswer({ source, type, options, pass }: FstabEntry): string {
  const field = (text: string): string => word(fstabWord(text));
  return formatAnswer("entry", { source: field(source), type: field(type), options: field(options), pass });
}

export type SeenEntry = FstabEntry & { readonly isRepeated: boolean };

export function seenEntry(key: string, answers: Answers): SeenEntry | undefined {
  const answer = answers.get(`fstab:${key}`) ?? ABSENT;
  const { head, fields } = parseAnswer(answer);
  if (isUnknown(answer) || head !== "entry") return undefined;
  const field = (name: string): string => plainWord(unword(fields[name] ?? ""));
  const target = key.startsWith("swap=") ? "none" : key;
  const [source, type, options, pass] = [field("source"), field("type"), field("options"), field("pass")];
  return { source, target, type, options, pass, isRepeated: fields["count"] !== undefined };
}

/**
 * The entry's first line gets the new one, further ones of it go, and without one it comes last; an empty line takes it out.
 * Comments, order and all other lines stay byte for byte.
 */
const EDIT = `
function plain(s) { gsub(/\\\\040/, " ", s); gsub(/\\\\011/, "\\t", s); gsub(/\\\\134/, "\\\\", s); return s }
BEGIN { key = ENVIRON["DROVER_A"]; line = ENVIRON["DROVER_B"] }
/^[ \\t]*(#|$)/ { print; next }
{
  if (($3 == "swap" ? "swap=" plain($1) : plain($2)) != key) { print; next }
  if (!done && line != "") print line
  done = 1
}
END { if (!done && line != "") print line }
`;

/**
 * A wrong line can keep a machine from booting. There may be no more errors than before; a disk that is not there now is
 * none where the entry says \`nofail\`.
 */
const CHECK = `! command -v findmnt >/dev/null || {
    skip='no such words'; case \${2:-} in *nofail*) skip=unreachable ;; esac
    errors() { [ ! -e "$1" ] || findmnt --verify --tab-file "$1" 2>&1 | grep -F '[E]' | grep -vcF "$skip"; }
    was=$(errors "$f"); is=$(errors "$t")
    [ "\${is:-0}" -le "\${was:-0}" ] || { findmnt --verify --tab-file "$t" 2>&1; false; }
  }`;

export function writeEntry(entry: FstabEntry): Step {
  const { source, target, type, options, pass } = entry;
  const line = [source, target, type, options].map(fstabWord).join("\t");
  return rewriteStep("/etc/fstab", EDIT, [fstabKey(entry), `${line}\t0\t${pass}`], CHECK);
}

export function dropEntry(entry: Pick<FstabEntry, "target" | "source" | "type">): Step {
  return rewriteStep("/etc/fstab", EDIT, [fstabKey(entry), ""]);
}

/** systemd makes units of the entries when it is told. */
export function reloadSteps(init: string): Step[] {
  return init === "systemd" ? [{ kind: "exec", argv: ["systemctl", "daemon-reload"], within: 120 }] : [];
}
