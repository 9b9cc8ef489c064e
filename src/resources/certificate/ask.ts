import type { Asker } from "../../model/query.ts";
import { FOLDER } from "./files.ts";

/**
 * `certificate:<name>`, with the seconds before its end in which it is due: `pair names= match=yes|no due=yes|no sha256=`, with its
 * names and whether the key belongs to it; `absent` where one of both files is not there; `missing` where openssl is not.
 */
export const CERTIFICATE: Asker = `(
exec 2>/dev/null </dev/null
certificate_n=$1; certificate_c=${FOLDER}/$1.crt; certificate_k=${FOLDER}/$1.key
certificate_say() { line "certificate:$certificate_n" "$1"; exit 0; }
command -v openssl >/dev/null || certificate_say missing
[ -e "$certificate_c" ] && [ -e "$certificate_k" ] || certificate_say absent
[ -r "$certificate_c" ] && [ -r "$certificate_k" ] || certificate_say 'unknown why=it%20may%20not%20be%20read'
certificate_p=$(openssl x509 -in "$certificate_c" -noout -pubkey) || certificate_say 'broken what=certificate'
certificate_o=$(openssl pkey -in "$certificate_k" -passin pass: -pubout) || certificate_say 'broken what=key'
certificate_m=no; [ "$certificate_p" != "$certificate_o" ] || certificate_m=yes
certificate_d=yes; ! openssl x509 -in "$certificate_c" -noout -checkend "$2" >/dev/null || certificate_d=no
certificate_a=$(openssl x509 -in "$certificate_c" -noout -ext subjectAltName | sed -n '2,$p' | sed 's/IP Address:/IP:/g; s/ //g' | tr ',' '\\n' | sed 's/^DNS://; s/^IP://' | sort | paste -sd , -)
certificate_s=$(sha256sum <"$certificate_c")
certificate_say "pair names=$(word "$certificate_a") match=$certificate_m due=$certificate_d sha256=\${certificate_s%% *}"
)`;
