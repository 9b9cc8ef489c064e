/**
 * A repository of packages on a test host, made by the host's own tools: `publish <suite>` in /srv/repo makes and signs
 * its indexes, `pack <name> <version> [more fields]` makes a package. It is served on 127.0.0.1:8088, too.
 */
export const REPOSITORY = `set -e
export DEBIAN_FRONTEND=noninteractive GNUPGHOME=/srv/gnupg
apt-get install -qq -y --no-install-recommends gpg gpg-agent busybox >/dev/null 2>&1
mkdir -p /srv/repo/pool; mkdir -m 700 /srv/gnupg
key() { gpg --batch --quiet --passphrase '' --quick-generate-key "$1 <$1@example.com>" ed25519 sign "$2" 2>/dev/null; }
key lab 2y; key other never
gpg --armor --export lab >/srv/lab.asc; gpg --armor --export other >/srv/other.asc; gpg --export lab | base64 >/srv/lab.b64
cat >/usr/local/bin/pack <<'END'
#!/bin/sh -e
# name version [fields] [folder with what is in it]
d=$(mktemp -d); chmod 755 "$d"; mkdir "$d/DEBIAN"
[ -z "$4" ] || cp -a "$4/." "$d/"
printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: Lab <lab@example.com>\\nDescription: %s\\n%b' "$1" "$2" "$1" "$3" >"$d/DEBIAN/control"
dpkg-deb --root-owner-group -b "$d" "/srv/repo/pool/$1_$(printf %s "$2" | tr : _).deb" >/dev/null
rm -rf "$d"
END
cat >/usr/local/bin/publish <<'END'
#!/bin/sh -e
export GNUPGHOME=/srv/gnupg
cd /srv/repo; d=dists/$1; p=main/binary-$(dpkg --print-architecture); mkdir -p "$d/$p"
for f in pool/*.deb; do dpkg-deb -f "$f"; printf 'Filename: %s\\nSize: %s\\nSHA256: %s\\n\\n' "$f" $(stat -c %s "$f") $(sha256sum <"$f" | cut -d' ' -f1); done >"$d/$p/Packages"
printf 'Origin: Lab\\nLabel: Lab\\nSuite: %s\\nCodename: %s\\nArchitectures: %s\\nComponents: main\\nDate: %s\\nSHA256:\\n %s %s %s/Packages\\n' "$1" "$1" "$(dpkg --print-architecture)" "$(date -Ru)" $(sha256sum <"$d/$p/Packages" | cut -d' ' -f1) $(stat -c %s "$d/$p/Packages") "$p" >"$d/Release"
gpg --batch --yes --quiet -u lab --clearsign -o "$d/InRelease" "$d/Release"
END
chmod 755 /usr/local/bin/pack /usr/local/bin/publish
busybox httpd -p 127.0.0.1:8088 -h /srv/repo
`;
