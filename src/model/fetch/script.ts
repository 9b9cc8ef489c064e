/**
 * Shell functions of steps that fetch. \`stage path\` makes a folder of our own beside what is to be made, goes into it and
 * notes it, so that the next run sweeps what a killed one left (one that fails takes it away itself); \`fetch sha256 within\` gets the URL on stdin, so that it is
 * in no argument list, and leaves what it names in \`got\`; \`staged\` says that all is done.
 */
export const FETCH = `set -f
nl='
'
note=\${DROVER_STATE:-/var/lib/drover}/staged
stage() { # path
  trap 'cd /; [ -e "$staging/old" ] || rm -rf -- "$staging"; rm -f -- "$note"' EXIT
  folder=\${1%/*}; base=\${1##*/}; staging=\${folder:-}/.drover.$base.new
  printf '%s\\n' "$staging" >"$note" && rm -rf -- "$staging" && mkdir -m 0700 -- "$staging" && cd -P -- "$staging" && [ -O . ]
}
staged() { cd .. && rm -rf -- "$staging" && durable .; }
durable() { sync "$1" 2>/dev/null || sync; }
fetch() { # sha256 within
  url=$(cat)
  if command -v curl >/dev/null; then
    printf 'url = "%s"\\n' "$(printf %s "$url" | sed -e 's/\\\\/\\\\\\\\/g' -e 's/"/\\\\"/g')" |
      curl -q -K - -fsSL --proto '=http,https' --retry 3 --connect-timeout 20 --max-time "$2" -o got || return
  elif wget --version >/dev/null 2>&1; then
    printf '%s\\n' "$url" | wget -nv --tries=4 --connect-timeout=20 --read-timeout=60 -i - -O got || return
  elif command -v wget >/dev/null; then wget -q -T 60 -O got -- "$url" || return
  else printf 'neither curl nor wget is there to fetch it with\\n'; return 1; fi
  verify got "$1"
}
verify() { # file sha256
  sum=$(sha256sum <"$1"); sum=\${sum%% *}
  [ "$sum" = "$2" ] || { printf 'its sha256 is %s, not %s\\n' "$sum" "$2"; return 1; }
}
`;
