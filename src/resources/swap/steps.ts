import { EMPTY_DEVICE } from "../../model/device/held.ts";
import type { Step } from "../../model/step.ts";

/** Made beside it and put in its place when it is whole: what was there is never formatted. */
const MAKE = `
p=$1 size=$2; t=$p.drover-new; umask 077
mkdir -p -- "\${p%/*}/" && rm -f -- "$t" || exit
fail() { rm -f -- "$t"; exit 1; }
on=$(stat -f -c %T "\${p%/*}/")
case $on in btrfs | zfs | overlayfs | tmpfs | nfs | bcachefs) echo "a swap file cannot be on $on"; fail ;; esac
case $on in ext2/ext3 | xfs) fallocate -l "$size" "$t" 2>/dev/null || full=1 ;; *) full=1 ;; esac
[ -z "\${full:-}" ] || dd if=/dev/zero of="$t" bs=1048576 count=$((size / 1048576)) 2>/dev/null || { echo "there is no room for it"; fail; }
chown root:root -- "$t" && chmod 0600 -- "$t" && mkswap -- "$t" >/dev/null || fail
sync "$t" 2>/dev/null || sync
mv -f -- "$t" "$p" || fail
sync "\${p%/*}/" 2>/dev/null || sync`;

export function make(path: string, size: number): Step {
  return { kind: "exec", argv: ["sh", "-c", MAKE, "sh", path, String(size)], within: 3600 };
}

const MAKE_ON = `
d=$1
${EMPTY_DEVICE}
mkswap -- "$d" >/dev/null && sync`;

export function makeOn(device: string): Step {
  return { kind: "exec", argv: ["sh", "-c", MAKE_ON, "sh", device], within: 600 };
}

export function rights(path: string, isRight: boolean): Step[] {
  if (isRight) return [];
  return [
    { kind: "exec", argv: ["chown", "root:root", "--", path] },
    { kind: "exec", argv: ["chmod", "0600", "--", path] },
  ];
}

export function on(path: string, priority: number | undefined): Step {
  return {
    kind: "exec",
    argv: ["swapon", ...(priority === undefined ? [] : ["-p", String(priority)]), "--", path],
    within: 60,
  };
}

/** What is in it goes back to memory, which takes its time, and fails where there is no room. */
export function off(path: string): Step {
  return { kind: "exec", argv: ["swapoff", "--", path], within: 3600 };
}
