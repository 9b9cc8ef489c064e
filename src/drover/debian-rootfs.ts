/**
 * Prints the tar of a minimal Debian of suite `$1`, made by mmdebstrap from the archive that the machine itself uses.
 * The work folder is on the machine's own temporary space and goes with it.
 */
export const DEBIAN_ROOTFS = `
mirror=$(sed -n -e 's/^URIs: *\\([^ ]*\\).*/\\1/p' -e 's/^deb \\(\\[[^]]*\\] *\\)\\{0,1\\}\\([^ ]*\\) .*/\\2/p' \\
  /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1)
umask 022
exec mmdebstrap --quiet --variant=minbase --include=ca-certificates --format=tar "$1" - "\${mirror:-http://deb.debian.org/debian}"`;
