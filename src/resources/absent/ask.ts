import { TREE_MOUNT } from "../../model/edit/remove-tree.ts";
import type { Asker } from "../../model/query.ts";

/**
 * `tree:<path>`: `absent` where no folder is, else `tree count=` of all that is below it, with `mounted=` when something is
 * mounted at it or in it: what is there is not counted.
 */
export const TREE: Asker = `(
exec 2>/dev/null
${TREE_MOUNT}
for tree_d in "$@"; do
  if [ ! -d "$tree_d" ] || [ -L "$tree_d" ]; then line "tree:$tree_d" absent; continue; fi
  # Counted by what ends a name, which no name has in it. What find complains about stands before the number.
  tree_n=$({ find "$tree_d" -xdev -print0 2>&3 | tr -dc '\\000' | wc -c; } 3>&1)
  case $tree_n in *[!0-9]* | '') line "tree:$tree_d" 'unknown why=not%20all%20of%20it%20may%20be%20read'; continue ;; esac
  tree_mount "$tree_d"
  line "tree:$tree_d" "tree count=$((tree_n - 1))\${REPLY:+ mounted=$(word "$REPLY")}"
done
)`;
