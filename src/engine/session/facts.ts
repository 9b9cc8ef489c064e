import type { Asker } from "../../model/query.ts";

/** `fact:*`: what is known of a target. The argument is ignored; all facts come together. */
export const FACTS: Asker = `
case $(uname -m) in x86_64) fact_a=x64 ;; aarch64) fact_a=arm64 ;; *) fact_a=$(uname -m) ;; esac
line fact:arch "$fact_a"
fact_id=; fact_codename=
if [ -r /etc/os-release ]; then
  fact_id=$(sed -n 's/^ID=//p' /etc/os-release | tr -d '"'); fact_codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"')
fi
line fact:os "$(word "$fact_id")"
line fact:release "$(word "$fact_codename")"
fact_one=; [ -r /proc/1/comm ] && read -r fact_one </proc/1/comm
if [ -d /run/systemd/system ]; then line fact:init systemd
elif [ "$fact_one" = init ] && [ -x /usr/sbin/update-rc.d ]; then line fact:init sysv
else line fact:init none; fi
fact_m=
[ -r /etc/machine-id ] && read -r fact_m </etc/machine-id
[ -n "$fact_m" ] || { [ -r "$DROVER_STATE/machine-id" ] && read -r fact_m <"$DROVER_STATE/machine-id"; }
line fact:machine-id "$fact_m"
line fact:user "$(id -un)"
line fact:uid "$(id -u)"
line fact:addresses "$(word "$(hostname -I 2>/dev/null | sed 's/ *$//')")"
# The address that the client came to, as sshd says: client, its port, ours, our port.
set -- \${SSH_CONNECTION:-}
line fact:address "\${3:-}"
# Whom the client logged in as, before sudo.
line fact:login "$(word "\${DROVER_LOGIN:-}")"
line fact:hostname "$(word "$(uname -n)")"
# Routes in use, as CIDRs: little-endian hex in /proc/net/route.
line fact:subnets "$(awk '
  function hex(s,  i, v) { v = 0; for (i = 1; i <= length(s); i++) v = v * 16 + index("0123456789ABCDEF", substr(s, i, 1)) - 1; return v }
  function bits(v,  n) { n = 0; while (v > 0) { n += v % 2; v = int(v / 2) } return n }
  NR > 1 && $2 != "00000000" {
    b = 0; for (i = 7; i > 0; i -= 2) { ip = ip (i < 7 ? "." : "") hex(substr($2, i, 2)); b += bits(hex(substr($8, i, 2))) }
    out = out (out == "" ? "" : "%20") ip "/" b; ip = ""
  }
  END { print out }' /proc/net/route 2>/dev/null)"
fact_d=$DROVER_STATE; while [ ! -d "$fact_d" ]; do fact_d=\${fact_d%/*}; [ -n "$fact_d" ] || fact_d=/; done
line fact:disk-mb "$(df -Pk "$fact_d" | awk 'NR == 2 { print int($4 / 1024) }')"
line fact:memory-mb "$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)"
packages; line fact:packages "$packages_by"
line fact:time "$(date +%s)"
`;
