/**
 * Removes a folder with all that is in it, but never across a mount: one in the way makes it fail, and stays. (Busybox has
 * no `find -delete`, and no `rm --one-file-system`.)
 */
export const REMOVE_TREE = `remove_tree() {
  find "$1" -xdev -depth ! -type d -exec rm -f -- {} + && find "$1" -xdev -depth -type d -exec rmdir -- {} +
}
`;
