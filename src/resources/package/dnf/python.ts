/*
 * Programs for the Python that dnf runs with, to be put between single quotes. They write nothing: dnf's own commands write
 * their logs, fetch what is old, and take a second to start.
 */

/**
 * Which of the packages named came for another's sake only, as `name arch`. Asked as libdnf asks: the last reason that a
 * transaction which ended gave, where 1 is a dependency and 4 a weak one; a package that was removed in it (8) has none.
 */
export const REASONS = `
import sqlite3, sys
names = sys.argv[1:]
rows = sqlite3.connect("file:/var/lib/dnf/history.sqlite?mode=ro", uri=True).execute(
    "select name, arch, action, reason from trans_item join trans on trans.id = trans_id join rpm using (item_id)"
    " where trans.state = 1 and action not in (3, 5, 7, 10) and name in (%s) order by trans_id" % ",".join("?" * len(names)), names)
last = {(name, arch): action != 8 and reason in (1, 4) for name, arch, action, reason in rows}
for (name, arch), auto in last.items():
    if auto: print(name, arch)
`;

/**
 * What can be had of the packages named on stdin, as `name=version`, from what dnf has fetched; `old` besides where it would
 * fetch something anew. Newest first.
 */
export const VERSIONS = `
import json, sys, dnf, dnf.const, dnf.rpm
base = dnf.Base(); conf = base.conf
conf.read(); conf.cacheonly = True; conf.exit_on_lock = True
conf.logdir, dnf.const.LOG_HAWKEY = "/dev", "null"
conf.substitutions["releasever"] = dnf.rpm.detect_releasever("/") or ""
conf.substitutions.update_from_etc("/", varsdir=conf.varsdir)
base.read_all_repos()
try: expired = json.load(open(conf.cachedir + "/expired_repos.json"))
except OSError: expired = []
for repo in list(base.repos.iter_enabled()):
    there = repo._repo.loadCache(False, True)
    if not there or repo.id in expired or repo._repo.isExpired(): print("old")
    if not there: repo.disable()
base.fill_sack_from_repos_in_cache(load_system_repo=False)
seen = set()
for one in sorted(base.sack.query().available().filter(name=sys.stdin.read().split()), reverse=True):
    text = one.name + "=" + (str(one.epoch) + ":" if one.epoch else "") + one.version + "-" + one.release
    if text not in seen: print(text)
    seen.add(text)
`;
