import { fileOf } from "../model/edit/schema.ts";
import type { DraftResource } from "./draft.ts";
import { type Fault, formatPath } from "./fault.ts";
import { fieldsOf } from "./parts.ts";

/** Types whose names are the paths of what they make. */
const MAKERS = ["file", "link", "directory", "download", "archive", "git", "mount", "swap"];
/** Types that change a part of a file, which comes first in their names. */
const EDITORS = ["line", "block"];

interface AtPath {
  readonly resource: DraftResource;
  readonly type: string;
  readonly path: string;
}

/** Resources of one machine that would undo each other at every run, because they want two things of one path. */
export function atOdds(resources: readonly DraftResource[]): Fault[] {
  const all = resources.flatMap(atPath);
  return [...againstAbsent(all), ...againstWhole(all)];
}

function atPath(resource: DraftResource): AtPath[] {
  const { type, name } = resource.fields;
  if (typeof type !== "string" || typeof name !== "string") return [];
  if (type === "absent" || MAKERS.includes(type)) return [{ resource, type, path: name }];
  return EDITORS.includes(type) ? [{ resource, type, path: fileOf(name) }] : [];
}

function againstAbsent(all: readonly AtPath[]): Fault[] {
  const absent = all.filter(({ type }) => type === "absent");
  return all.flatMap(({ resource, type, path }) => {
    const over = absent.find((one) => path === one.path || path.startsWith(`${one.path}/`));
    if (type === "absent" || over === undefined) return [];
    const what = path === over.path ? "nothing is to be there" : `nothing is to be at ${over.path}`;
    return [fault(resource, `${what}, as ${formatPath(over.resource.path)} says`)];
  });
}

/** A file of which only mode and owner are declared may be edited. */
function againstWhole(all: readonly AtPath[]): Fault[] {
  const whole = all.filter(({ type, resource }) => {
    const spec = fieldsOf(resource.fields["spec"]);
    return type === "download" || (type === "file" && (spec["content"] !== undefined || spec["sha256"] !== undefined));
  });
  return all.flatMap(({ resource, type, path }) => {
    const other = EDITORS.includes(type) ? whole.find((one) => one.path === path) : undefined;
    if (other === undefined) return [];
    const text = `${formatPath(other.resource.path)} says all that is in ${path}: they would undo each other`;
    return [fault(resource, text)];
  });
}

function fault({ path, id }: DraftResource, text: string): Fault {
  return { path, ...(id === undefined ? {} : { about: id }), text };
}
