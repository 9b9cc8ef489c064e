import type { Asker } from "../query.ts";

/** `blob:<sha256>`: `kept` when the target keeps replaced bytes of that digest, else `absent`. */
export const BLOB: Asker = `
for blob_d in "$@"; do
  case $blob_d in *[!0-9a-f]*) line "blob:$blob_d" absent; continue ;; esac
  if [ -f "$DROVER_STATE/blobs/$blob_d" ]; then line "blob:$blob_d" kept; else line "blob:$blob_d" absent; fi
done
`;
