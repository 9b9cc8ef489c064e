import type { Asker } from "../../model/query.ts";

/** `fact:*`: what is known of a target. The argument is ignored; all facts come together. */
export const FACTS: Asker = `
# Every process counts: all ask this, each time.
fact() { worded "$2"; line "fact:$1" "$REPLY"; }
fact_a=$(uname -nm)
fact hostname "\${fact_a% *}"
case \${fact_a##* } in x86_64) fact_a=x64 ;; aarch64) fact_a=arm64 ;; *) fact_a=\${fact_a##* } ;; esac
line fact:arch "$fact_a"
fact_id=; fact_codename=
[ ! -r /etc/os-release ] || while IFS='=' read -r fact_k fact_v; do
  fact_v=\${fact_v#[\\"\\']}; fact_v=\${fact_v%[\\"\\']}
  case $fact_k in ID) fact_id=$fact_v ;; VERSION_CODENAME) fact_codename=$fact_v ;; esac
done </etc/os-release
fact os "$fact_id"
fact release "$fact_codename"
fact_one=; [ -r /proc/1/comm ] && read -r fact_one </proc/1/comm
if [ -d /run/systemd/system ]; then line fact:init systemd
elif [ "$fact_one" = init ] && [ -x /usr/sbin/update-rc.d ]; then line fact:init sysv
else line fact:init none; fi
fact_m=
[ -r /etc/machine-id ] && read -r fact_m </etc/machine-id
[ -n "$fact_m" ] || { [ -r "$DROVER_STATE/machine-id" ] && read -r fact_m <"$DROVER_STATE/machine-id"; }
line fact:machine-id "$fact_m"
fact_m=\${own_id%% *}
case $fact_m in *'('*')') fact_m=\${fact_m#*'('}; fact user "\${fact_m%')'}" ;; *) line fact:user '' ;; esac
line fact:uid "$own_uid"
fact_m=$(hostname -I 2>/dev/null); fact addresses "\${fact_m% }"
# The address that the client came to, as sshd says: client, its port, ours, our port.
set -- \${SSH_CONNECTION:-}
line fact:address "\${3:-}"
# Whom the client logged in as, before sudo.
fact login "\${DROVER_LOGIN:-}"
# Routes in use, as CIDRs: little-endian hex in /proc/net/route.
set -- /proc/meminfo; [ ! -r /proc/net/route ] || set -- "$@" /proc/net/route
awk '
  function hex(s,  i, v) { v = 0; for (i = 1; i <= length(s); i++) v = v * 16 + index("0123456789ABCDEF", substr(s, i, 1)) - 1; return v }
  function bits(v,  n) { n = 0; while (v > 0) { n += v % 2; v = int(v / 2) } return n }
  FILENAME == "/proc/meminfo" { if ($1 == "MemTotal:") mb = int($2 / 1024); next }
  FNR > 1 && $2 != "00000000" {
    b = 0; for (i = 7; i > 0; i -= 2) { ip = ip (i < 7 ? "." : "") hex(substr($2, i, 2)); b += bits(hex(substr($8, i, 2))) }
    out = out (out == "" ? "" : "%20") ip "/" b; ip = ""
  }
  END { print "fact:subnets\\t" out; print "fact:memory-mb\\t" mb }' "$@" 2>/dev/null
fact_d=$DROVER_STATE; while [ ! -d "$fact_d" ]; do fact_d=\${fact_d%/*}; [ -n "$fact_d" ] || fact_d=/; done
set -f; set -- $(df -Pk "$fact_d" 2>/dev/null); set +f # After the seven words of the heading.
line fact:disk-mb "$((\${11:-0} / 1024))"
packages; line fact:packages "$packages_by"
line fact:time "$(date +%s)"
`;
