import type { Program } from "../../model/program.ts";
import { type SecretValues, secretsIn } from "../../model/secret.ts";
import { spellings } from "../../model/secret-spellings.ts";

/**
 * Shell functions that keep values of secrets out of what a runner records. What steps print lies in `$scratch` until it
 * is told: on the tmpfs where there is anything to hide. `hide` reads the spellings from a file there, longest first, a
 * line each: what to show, a tab, the spelling with its line ends escaped.
 */
export const HIDE = `
scratch=$dir; [ ! -r "$hot/mask" ] || scratch=$hot
hide() { # stdin -> stdout
  if [ "$scratch" = "$dir" ]; then cat; return; fi
  awk 'NR == FNR {
      at = index($0, "\\t"); shown[NR] = substr($0, 1, at - 1); spelled = substr($0, at + 1)
      gsub(/\\0012/, "\\n", spelled); gsub(/\\0011/, "\\001", spelled)
      secret[NR] = spelled; count = NR; next
    }
    { text = text (FNR > 1 ? "\\n" : "") $0 }
    END {
      for (i = 1; i <= count; i++) {
        rest = text; text = ""
        while ((at = index(rest, secret[i])) > 0) {
          text = text substr(rest, 1, at - 1) shown[i]; rest = substr(rest, at + length(secret[i]))
        }
        text = text rest
      }
      if (text != "") print text
    }' "$hot/mask" -
}
ending() { # file lines -> its last lines, without secrets; of a long file only whole lines count
  if [ $(($(wc -c <"$1"))) -gt 65536 ]; then tail -c 65536 "$1" | sed 1d; else cat "$1"; fi | hide | tail -n "$2"
}
`;

/** What has to be hidden on the program's machine, as the file that `hide` reads; empty when that is nothing. */
export function maskText(program: Program, secrets: SecretValues): string {
  const names = new Set([...secretsIn(program).keys(), ...(program.hides ?? [])]);
  const all = [...names].flatMap((name) => {
    const value = secrets(name);
    return value === undefined ? [] : spellings(value).map((spelling) => ({ name, spelling }));
  });
  return all
    .sort((a, b) => b.spelling.length - a.spelling.length)
    .map(({ name, spelling }) => `secret(${name})\t${escaped(spelling)}\n`)
    .join("");
}

function escaped(spelling: string): string {
  return spelling.replaceAll("\u0001", "\u00011").replaceAll("\n", "\u00012");
}
