/**
 * A repository of rpms on a test host, made by rpmbuild and createrepo_c and served on 127.0.0.1:8088. `publish` makes its
 * indexes; `pack <name> [<epoch>:]<version>-<release> [more of the preamble] [folder with what is in it] [more of the spec]`
 * makes a package, for $ARCH where that is set.
 */
export const RPM_REPOSITORY = `set -e
mkdir -p /srv/repo
printf '[lab]\\nname=lab\\nbaseurl=http://127.0.0.1:8088\\ngpgcheck=0\\n' >/etc/yum.repos.d/lab.repo
cat >/usr/local/bin/pack <<'END'
#!/bin/sh -e
d=$(mktemp -d); v=$2; mkdir "$d/root"; [ -z "$4" ] || cp -a "$4/." "$d/root/"
{
  printf 'Name: %s\\nVersion: %s\\nRelease: %s\\nSummary: of the lab\\nLicense: none\\nAutoReqProv: no\\n' "$1" "$(v=\${v#*:}; echo "\${v%-*}")" "\${v##*-}"
  case $v in *:*) echo "Epoch: \${v%%:*}" ;; esac
  [ -n "$ARCH" ] || echo 'BuildArch: noarch'
  printf '%b\\n%%description\\nof the lab\\n%%install\\nmkdir -p %%{buildroot}; cp -a %s/root/. %%{buildroot}/\\n%b\\n' "$3" "$d" "$5"
  case $5 in *%files*) ;; *) echo %files; cd "$d/root"; find . ! -type d | sed 's/^[.]//' ;; esac
} >"$d/x.spec"
rpmbuild -bb --quiet \${ARCH:+--target "$ARCH"} --define "_topdir $d/b" --define '_rpmdir /srv/repo' \\
  --define '_rpmfilename %%{NAME}-%%{EPOCHNUM}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' "$d/x.spec" >"$d/said" 2>&1 || { cat "$d/said" "$d/x.spec" >&2; exit 1; }
rm -rf "$d"
END
printf '#!/bin/sh\\nexec createrepo_c --quiet /srv/repo\\n' >/usr/local/bin/publish
chmod 755 /usr/local/bin/pack /usr/local/bin/publish
# What scripts of packages need: this host's shell is of no package that rpm knows.
pack lab-base 1-1 'Provides: /bin/sh'
publish
systemd-run --quiet --unit lab-repo python3 -m http.server -b 127.0.0.1 -d /srv/repo 8088
for i in $(seq 100); do ! python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:8088")' 2>/dev/null || break; sleep 0.1; done
dnf -y -q install lab-base
`;
