import type { ExecStep, Step } from "./step.ts";

/** Nothing may ask, page or restart what is not in the plan. */
export const QUIET = {
  DEBIAN_FRONTEND: "noninteractive",
  DEBIAN_PRIORITY: "critical",
  APT_LISTCHANGES_FRONTEND: "none",
  NEEDRESTART_SUSPEND: "1",
};

/** The locks of lists and dpkg are other programs' to hold: cloud-init and the daily upgrade on first boot. */
export const awaitIdle: Step = {
  kind: "wait",
  query: { kind: "apt-idle", arg: "main" },
  to: "idle",
  within: 600,
  every: 2,
  says: "apt or dpkg is in use by something else",
};

/**
 * Takes packages away together with those that apt installed for their sake and that nothing needs or recommends any
 * more: what it would call superfluous after, and did not before. Of several, those go first that need others of them; where
 * apt would take what stays and needs one, dpkg is left to refuse that one. `--purge` takes the configuration along, unless
 * somebody changed it.
 */
const REMOVE = `how=$1; shift 2
taken() { LC_ALL=C apt-get -s -o Dir::State::lists=/nonexistent -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \\
  -o APT::AutoRemove::SuggestsImportant=false "$@" 2>/dev/null | sed -n 's/^Remv \\([^ ]*\\) .*/\\1/p' | sort -u; }
gone() { # packages that need one another, or one
  along="$*"; going=
  if command -v apt-get >/dev/null && [ "$(taken remove -- "$@")" = "$(printf '%s\\n' "$@" | sort -u)" ]; then
    before=" $(taken autoremove | tr '\\n' ' ')"; along=
    for name in $(taken --auto-remove remove -- "$@"); do
      case $before in *" $name "*) ;; *) along="$along $name" ;; esac
    done
  fi
  [ "$how" != --purge ] || for name in $along; do
    dpkg --verify "$name" | grep -q '^..5.* c /' || going="$going $name"
  done
  dpkg --remove -- $along || return
  [ -z "$going" ] || dpkg --purge -- $going
}
needed() { # by another one that is to go
  for other in $(taken remove -- "$1"); do
    [ "$other" = "$1" ] || case " $left " in *" $other "*) return 0 ;; esac
  done
  return 1
}
left="$*"; code=0
while [ -n "$left" ]; do
  later=; ready=
  for one in $left; do if [ $# -gt 1 ] && needed "$one"; then later="$later $one"; else ready="$ready $one"; fi; done
  [ -n "$ready" ] || { gone $later || code=$?; break; }
  for one in $ready; do gone "$one" || code=$?; done
  left=$later
done
exit $code`;

export function removePackages(names: readonly string[], how: "--remove" | "--purge"): ExecStep {
  return { kind: "exec", argv: ["sh", "-c", REMOVE, "sh", how, "--", ...names], env: QUIET, within: 1800 };
}
