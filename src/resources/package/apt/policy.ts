const FILE = "/usr/sbin/policy-rc.d";
const MARK = "# Written by Drover while it installs without starting services; allows everything after that.";

/** Shell text that puts back what a run that was cut off left; nothing where the policy is somebody else's. */
export const TAKE_BACK = `policy=${FILE}
back() {
  [ "$(sed -n 2p "$policy" 2>/dev/null)" = '${MARK}' ] || return 0
  if [ -e "$policy.before" ]; then mv -f "$policy.before" "$policy"; else rm -f "$policy"; fi
}
back`;

/**
 * Shell text that denies every start until its shell ends: with sysvinit, invoke-rc.d asks the machine for its runlevel, whatever
 * the environment says. A policy that a run left when it was cut off ends with the process that it names: from then on it says
 * what the one before it said, or allows everything; the next run takes it away.
 */
export const DENY = `${TAKE_BACK}
rm -f "$policy.before"
[ ! -e "$policy" ] || cp -p "$policy" "$policy.before" || exit
begun="sed 's/.*) //' /proc/$$/stat 2>/dev/null | cut -d ' ' -f 20"
printf '%s\\n' '#!/bin/sh' '${MARK}' "[ \\"\\$($begun)\\" != $(eval "$begun") ] || exit 101" \\
  "[ ! -x $policy.before ] || exec $policy.before \\"\\$@\\"" 'exit 104' >"$policy.new" &&
  chmod 755 "$policy.new" && mv -f "$policy.new" "$policy" || exit
trap back EXIT
`;
