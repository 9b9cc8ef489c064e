/** What makes a host of another family of Debian's own files: its packages are rpm's, by dnf. */
export const rpmPackages: readonly string[] = ["dnf", "dnf-plugins-core", "rpm", "createrepo-c"];

/**
 * dpkg and apt go, with all that they know: what calls them fails here as it would on Fedora. The rpm database is where
 * Fedora's is, and empty; dnf is set up as Fedora sets it up. `local` is a plugin that only Debian switches on.
 * A file of mmdebstrap's own is left to it to take away.
 */
export const rpmUserland = `
  chroot "$1" rm -rf /var/lib/apt /var/cache/apt /var/lib/dpkg /etc/dpkg
  find "$1/etc/apt" -type f ! -name 00mmdebstrap -delete
  find "$1/usr/bin" "$1/usr/sbin" "$1/usr/local/sbin" '(' -name 'dpkg*' -o -name 'apt*' -o -name 'update-rc.d' ')' -delete
  rm -f "$1/etc/dnf/plugins/local.conf" "$1/etc/os-release"
  printf '%s\\n' 'NAME="Drover Lab"' ID=droverlab 'ID_LIKE="rhel fedora"' VERSION_ID=40 >"$1/etc/os-release"
  mkdir -p "$1/etc/rpm" "$1/etc/yum.repos.d" "$1/etc/dnf/vars"
  echo '%_dbpath /var/lib/rpm' >"$1/etc/rpm/macros"; echo 40 >"$1/etc/dnf/vars/releasever"
  printf '[main]\\ngpgcheck=True\\ninstallonly_limit=3\\nclean_requirements_on_remove=True\\nbest=True\\n' >"$1/etc/dnf/dnf.conf"
  chroot "$1" rpm --initdb`;
