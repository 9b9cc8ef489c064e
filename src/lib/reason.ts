const KNOWN: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "no right to it",
  EPERM: "no right to it",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left on the disk",
  EEXIST: "something is there already",
  ENOTDIR: "a part of its path is no folder",
};

/** Why a file could not be read or written, in words. */
export function reason(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return KNOWN[code] ?? (cause instanceof Error ? cause.message : String(cause));
}
