/** Proxy variables that programs on a target look for, in both spellings. */
export const PROXY_NAMES = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/**
 * A clean shell has no proxy: what the target's own /etc/environment says is put back, so that its package manager and
 * engine reach what they reach for a person who logs in. What is set already (this machine's own session) wins.
 */
export const PROXY = `
if [ -r /etc/environment ]; then
  while IFS= read -r proxy_line || [ -n "$proxy_line" ]; do
    proxy_line=\${proxy_line#export }; proxy_value=\${proxy_line#*=}
    case $proxy_value in \\"*\\") proxy_value=\${proxy_value#?}; proxy_value=\${proxy_value%?} ;; \\'*\\') proxy_value=\${proxy_value#?}; proxy_value=\${proxy_value%?} ;; esac
    case \${proxy_line%%=*} in
${PROXY_NAMES.map((name) => `      ${name}) : "\${${name}:=$proxy_value}"; export ${name} ;;`).join("\n")}
    esac
  done </etc/environment
fi
`;

/** Arguments of systemd-run in "$@" for the proxy variables that are set: a unit does not inherit them. */
export const PROXY_SETENV = `
set --
${PROXY_NAMES.map((name) => `[ -z "\${${name}:-}" ] || set -- "$@" "--setenv=${name}"`).join("\n")}`;
