import type { Asker } from "../../model/query.ts";

/**
 * `sysctl:<key>`: `set value= access=rw|ro`, what the kernel has; `absent`, where no such key is in this kernel now. One
 * `grep` reads all. Where /proc/sys is mounted read-only, as in containers, so is its access.
 */
export const SYSCTL: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
sysctl_closed=; sysctl_mounts=$(grep -F ' /proc/sys' /proc/self/mountinfo)
sysctl_access() { # path -> sysctl_a, by the last mount that holds it
  sysctl_a=rw; sysctl_best=; IFS=$nl
  for sysctl_m in $sysctl_mounts; do
    sysctl_at=\${sysctl_m#* * * * }; sysctl_opts=\${sysctl_at#* }; sysctl_at=\${sysctl_at%% *}
    case $1/ in "$sysctl_at"/*) ;; *) continue ;; esac
    [ \${#sysctl_at} -ge \${#sysctl_best} ] || continue
    sysctl_best=$sysctl_at
    case ,\${sysctl_opts%% *}, in *,ro,*) sysctl_a=ro ;; *) sysctl_a=rw ;; esac
  done
}
sysctl_say() { # value
  case $* in
    *[!\\ A-Za-z0-9._/:,@+=-]*) sysctl_v=$(word "$*") ;;
    *) sysctl_v=; for sysctl_w in "$@"; do sysctl_v=$sysctl_v\${sysctl_v:+%20}$sysctl_w; done ;;
  esac
  sysctl_access "$sysctl_p"
  line "sysctl:$sysctl_k" "set value=$sysctl_v access=$sysctl_a"
}
sysctl_paths=
for sysctl_k in "$@"; do sysctl_paths="$sysctl_paths $sysctl_k"; done
sysctl_paths=$(printf '%s' "\${sysctl_paths# }" | tr './ ' '/.\\n')
sysctl_all=$(cd /proc/sys && grep -sH '' -- $sysctl_paths)
for sysctl_k in "$@"; do
  sysctl_p=\${sysctl_paths%%"$nl"*}; sysctl_paths=\${sysctl_paths#*"$nl"}
  sysctl_text=
  # All lines of one come together; most have one.
  while :; do
    case $sysctl_all in "$sysctl_p:"*) ;; *) break ;; esac
    sysctl_all=\${sysctl_all#"$sysctl_p:"}; sysctl_text="$sysctl_text \${sysctl_all%%"$nl"*}"
    case $sysctl_all in *"$nl"*) sysctl_all=\${sysctl_all#*"$nl"} ;; *) sysctl_all= ;; esac
  done
  sysctl_p=/proc/sys/$sysctl_p
  if [ -n "$sysctl_text" ]; then IFS=' '$tab; sysctl_say $sysctl_text; IFS=$nl
  elif [ ! -f "$sysctl_p" ]; then line "sysctl:$sysctl_k" absent
  elif (: <"$sysctl_p"); then
    # Empty, or one that is for writing only.
    if cat "$sysctl_p" >/dev/null; then sysctl_say; else line "sysctl:$sysctl_k" 'unknown why=it%20can%20only%20be%20written'; fi
  else line "sysctl:$sysctl_k" 'unknown why=it%20may%20not%20be%20read'; fi
done
)`;

/**
 * `sysctl-conf:<key>`: `conf was= tight=yes value= by= last=yes|no`, each where it is so. `was` is what our own file says the
 * kernel had before it, `tight` that it has no blank after its `=`, as other tools write it. `value` and `by` are what the last
 * other file sets and its path, `last` whether that one comes after ours. One `awk` reads all files, in the order of
 * systemd-sysctl: by name, and of one name that in /etc.
 */
export const SYSCTL_CONF: Asker = `(
exec 2>/dev/null
sysctl_keys=$*; set --
for sysctl_f in /etc/sysctl.d/*.conf /run/sysctl.d/*.conf /usr/local/lib/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf /lib/sysctl.d/*.conf /etc/sysctl.conf; do
  [ ! -f "$sysctl_f" ] || set -- "$@" "$sysctl_f"
done
[ $# -gt 0 ] || set -- /dev/null
# Enabled, it sets its own again whenever it starts.
if grep -sqi '^ENABLED=yes' /etc/ufw/ufw.conf; then set -- "$@" /etc/ufw/sysctl.conf; fi
SYSCTL_KEYS=$sysctl_keys awk '
function enc(s) { gsub(/%/, "%25", s); gsub(/ /, "%20", s); gsub(/\\t/, "%09", s); gsub(/\\*/, "%2a", s); return s }
function plain(k,  i, c, out, slash) { # the form with dots
  for (i = 1; i <= length(k) && c != "." && c != "/"; i++) c = substr(k, i, 1)
  if (c != "/") return k
  out = ""
  for (i = 1; i <= length(k); i++) { c = substr(k, i, 1); out = out (c == "/" ? "." : c == "." ? "/" : c) }
  return out
}
BEGIN {
  n = split(ENVIRON["SYSCTL_KEYS"], keys, " ")
  for (i = 1; i <= n; i++) { name = keys[i]; gsub(/\\//, "%2f", name); ours[keys[i]] = "60-drover-" name ".conf"; own["/etc/sysctl.d/" ours[keys[i]]] = keys[i] }
}
FNR == 1 {
  base = FILENAME; sub(/.*\\//, "", base)
  if (FILENAME == "/etc/sysctl.conf") base = "99-sysctl.conf"
  if (FILENAME ~ /^\\/etc\\/ufw\\//) base = "~ufw"
  hidden = (base in seen); seen[base] = 1
}
hidden { next }
FILENAME in own {
  k = own[FILENAME]
  if (match($0, /^# before: /)) was[k] = substr($0, 11)
  else if (index($0, k "=") == 1 && substr($0, length(k) + 2, 1) != " ") tight[k] = 1
  next
}
/^[ \\t]*[#;]/ || !/=/ { next }
{
  key = $0; sub(/=.*/, "", key); gsub(/^[ \\t]*-?[ \\t]*|[ \\t]+$/, "", key); key = plain(key)
  if (!(key in ours) || ((key in at) && base < at[key])) next
  value = $0; sub(/^[^=]*=/, "", value); gsub(/[ \\t]+/, " ", value); gsub(/^ | $/, "", value)
  at[key] = base; set[key] = value; from[key] = FILENAME
}
END {
  for (i = 1; i <= n; i++) {
    k = keys[i]
    out = "conf" ((k in was) ? " was=" enc(was[k]) : "") ((k in tight) ? " tight=yes" : "")
    if (k in at) out = out " value=" enc(set[k]) " by=" enc(from[k]) " last=" (at[k] > ours[k] ? "yes" : "no")
    print "sysctl-conf:" k "\\t" out
  }
}' "$@" || for sysctl_k in $sysctl_keys; do line "sysctl-conf:$sysctl_k" 'unknown why=awk%20is%20not%20here'; done
)`;
