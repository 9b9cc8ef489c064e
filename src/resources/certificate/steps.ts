import { isIP } from "node:net";
import type { ExecStep, Step } from "../../model/step.ts";
import { FOLDER, filesOf } from "./files.ts";
import { type CertificateSpec, DAYS } from "./schema.ts";

/**
 * Makes both in a folder of its own beside their place and moves them there. The key has its final mode, or a narrower one, from
 * its first byte on. When it is cut off between the two moves the key does not match, and the next run does it again.
 */
const MAKE = `
umask 077
d=$(mktemp -d "$1/.new.XXXXXX") || exit; trap 'rm -rf "$d"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days "$3" -subj "/CN=$6" -addext "subjectAltName=$7" -keyout "$d/key" -out "$d/crt" 2>"$d/log" || { cat "$d/log"; exit 1; }
chown -- "$5" "$d/key" && chmod -- "$4" "$d/key" && chmod 0644 "$d/crt" && sync "$d/key" "$d/crt" || exit
mv -f -- "$d/key" "$1/$2.key" && mv -f -- "$d/crt" "$1/$2.crt" && sync "$1"`;

export function make(name: string, spec: CertificateSpec, names: readonly string[]): Step {
  const [first = ""] = names;
  const alternatives = names.map((one) => (isIP(one) > 0 ? `IP:${one}` : `DNS:${one}`)).join(",");
  const { days = DAYS, mode, owner } = spec;
  const args = [FOLDER, name, String(days), mode, owner, first.slice(0, 64), alternatives];
  return { kind: "exec", argv: ["sh", "-c", MAKE, "sh", ...args], within: 60 };
}

/** Key and chain come by stdin, and stay in the shell's memory. */
const JUDGE = `
pem=$(cat)
pem() { printf '%s\\n' "$pem"; }
say() { printf '%s\\n' "$1"; exit 1; }
pem | openssl x509 -noout 2>/dev/null || say 'chain holds no certificate'
own=$(pem | openssl pkey -passin pass: -pubout 2>/dev/null) || say 'privateKey holds no key that opens without a password'
[ "$(pem | openssl x509 -noout -pubkey)" = "$own" ] || say 'privateKey does not belong to the first certificate of chain'
pem | openssl x509 -noout -checkend 0 >/dev/null || say "the certificate has ended: $(pem | openssl x509 -noout -enddate)"
pem | openssl crl2pkcs7 -nocrl -certfile /dev/stdin | openssl pkcs7 -print_certs -noout | awk '
  /^subject=/ { sub(/^subject= */, ""); if (issuer != "" && $0 != issuer) { print "chain is not in order: after one by " issuer " comes " $0; exit 1 } }
  /^issuer=/ { sub(/^issuer= */, ""); issuer = $0 }'`;

/** Refuses a pair that does not belong together before any of it takes its place. */
export function judge(name: string, spec: CertificateSpec): ExecStep {
  const { cert, key } = filesOf(name, spec);
  const concat = [key.content, "\n", cert.content, "\n"].flatMap((text) => {
    if (text === undefined) return [];
    return typeof text === "object" && "concat" in text ? text.concat : [text];
  });
  return { kind: "exec", argv: ["sh", "-c", JUDGE], stdin: { concat }, within: 60 };
}
