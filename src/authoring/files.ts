import type { AbsentInput } from "../resources/absent.ts";
import type { ArchiveInput } from "../resources/archive.ts";
import type { BlockInput } from "../resources/block.ts";
import type { DirectoryInput } from "../resources/directory.ts";
import type { DownloadInput } from "../resources/download.ts";
import type { FileInput } from "../resources/file.ts";
import type { GitInput } from "../resources/git.ts";
import type { LineInput } from "../resources/line.ts";
import type { LinkInput } from "../resources/link.ts";
import { type DeclaredInput, declare, type ResourceOptions } from "./declare.ts";
import type { Referring } from "./output.ts";

/**
 * A file: all of its content, its mode and its owner. A `content` with `secret(...)` is compared on the machine itself.
 *
 * @example
 * file("/etc/motd", { content: "Welcome.\n" })
 * @example
 * file("/etc/app.env", { content: text`TOKEN=${secret("TOKEN")}\n`, mode: "0600", owner: "app" })
 */
export function file(path: string, fields: Referring<FileInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("file", path, fields, options);
}

/**
 * A folder. One that is there is used; only what is declared of it is set.
 *
 * @example
 * directory("/srv/app", { owner: "app", mode: "0750" })
 * @example
 * directory("/etc/nginx/sites-enabled", { exclusive: true, keep: ["README*"] })
 */
export function directory(
  path: string,
  fields: Referring<DirectoryInput> = {},
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("directory", path, fields, options);
}

/**
 * A symbolic link. A new target takes the old one's place at once: at no moment nothing is there.
 *
 * @example
 * link("/etc/nginx/sites-enabled/app", { to: "../sites-available/app" })
 */
export function link(path: string, fields: Referring<LinkInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("link", path, fields, options);
}

/**
 * A path at which nothing is to be, such as a default that a package brings: also when the same run installs the package. When
 * this leaves the stack file nothing comes back.
 *
 * @example
 * absent("/etc/nginx/sites-enabled/default")
 * @example
 * absent("/var/www/html", { tree: true })
 */
export function absent(path: string, fields: AbsentInput = {}, options: ResourceOptions = {}): DeclaredInput {
  return declare("absent", path, fields, options);
}

/**
 * A line in a file that others own. `label` is what it is called: one for each line of a file. What `match` matches
 * becomes the line; where nothing does, it is added. Lines of one file that change in one run are put by one edit: `check`
 * sees them all, and the file is replaced once.
 *
 * @example
 * line("/etc/hosts", "db", { line: "10.0.0.5 db.internal", match: " db\\.internal$" })
 * @example
 * line("/etc/login.defs", "umask", { line: "UMASK 027", match: "^#?[[:space:]]*UMASK[[:space:]]" })
 */
export function line(
  path: string,
  label: string,
  fields: Referring<LineInput>,
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("line", `${path}:${label}`, fields, options);
}

/**
 * Lines of our own in a file that others own, between marks. `label` is what the block is called.
 *
 * @example
 * block("/etc/hosts", "cluster", { content: "10.0.0.5 db\n10.0.0.6 cache\n" })
 */
export function block(
  path: string,
  label: string,
  fields: Referring<BlockInput>,
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("block", `${path}:${label}`, fields, options);
}

/**
 * A file that the machine fetches by itself, with curl or wget. Its digest tells whether it is the right one.
 *
 * @example
 * download("/usr/local/bin/tool", {
 *   url: "https://example.com/tool-1.2",
 *   sha256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
 *   mode: "0755",
 * })
 */
export function download(path: string, fields: Referring<DownloadInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("download", path, fields, options);
}

/**
 * A folder with what an archive holds: a tar (plain, gz, xz, zst) or a zip, fetched by the machine or there already.
 *
 * @example
 * archive("/opt/tool-1.2", {
 *   url: "https://example.com/tool-1.2.tar.gz",
 *   sha256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
 *   strip: 1,
 * })
 */
export function archive(path: string, fields: Referring<ArchiveInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("archive", path, fields, options);
}

/**
 * A checkout of a git repository, at a commit, a tag or a branch. Only a branch with `update: true` follows its remote.
 *
 * @example
 * git("/srv/site", { url: "https://example.com/site.git", tag: "v1.2", owner: "deploy" })
 */
export function git(path: string, fields: Referring<GitInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("git", path, fields, options);
}
