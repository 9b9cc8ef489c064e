/**
 * Shell function: the first mount point in a folder, or the folder itself where it is one, as the kernel spells it. What is
 * bound from the same file system is no border for `find -xdev`: only the kernel's list tells.
 */
export const TREE_MOUNT = `tree_mount() { # folder -> REPLY
  REPLY=; tree_real=$(cd -P -- "$1" && pwd | sed 's/\\\\/\\\\134/g; s/ /\\\\040/g')
  while IFS=' ' read -r tree_x tree_x tree_x tree_x tree_at tree_x; do
    case $tree_at in "$tree_real" | "$tree_real"/*) REPLY=$tree_at; return ;; esac
  done </proc/self/mountinfo
}
`;

/**
 * Removes a folder with all that is in it, but never across a mount: one in the way makes it fail, and all of it stays.
 * (Busybox has no `find -delete`, and no `rm --one-file-system`.)
 */
export const REMOVE_TREE = `${TREE_MOUNT}remove_tree() {
  tree_mount "$1"; [ -z "$REPLY" ] || { printf '%s is a mount point: nothing of %s was removed\\n' "$REPLY" "$1"; return 1; }
  find "$1" -xdev -depth ! -type d -exec rm -f -- {} + && find "$1" -xdev -depth -type d -exec rmdir -- {} +
}
`;
