import { plainMode } from "../../model/name.ts";
import type { LogrotateSpec } from "./schema.ts";

export function logrotateText(spec: LogrotateSpec): string {
  const paths = typeof spec.paths === "string" ? [spec.paths] : spec.paths;
  const lines = [...directives(spec), ...script("prerotate", spec.before), ...script("postrotate", spec.after)];
  return [
    "# Managed by Drover: changes made here are overwritten.",
    `${paths.map(quotedPath).join("\n")} {`,
    ...lines.map((line) => `    ${line}`),
    "}",
    "",
  ].join("\n");
}

function directives(spec: LogrotateSpec): string[] {
  const { create, su } = spec;
  const flag = (value: boolean | undefined, yes: string, no: string): string[] =>
    value === undefined ? [] : [value ? yes : no];
  const given = (word: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [`${word} ${value}`];
  return [
    ...(su === undefined ? [] : [`su ${su.user} ${su.group}`]),
    ...(spec.every === undefined ? [] : [spec.every]),
    ...given("rotate", spec.keep),
    ...given("size", spec.size),
    ...given("minsize", spec.minSize),
    ...given("maxsize", spec.maxSize),
    ...given("maxage", spec.maxAge),
    ...flag(spec.compress, "compress", "nocompress"),
    ...(spec.delayCompress ? ["delaycompress"] : []),
    ...(spec.copyTruncate ? ["copytruncate"] : []),
    ...flag(spec.dateExt, "dateext", "nodateext"),
    ...flag(spec.missingOk, "missingok", "nomissingok"),
    ...flag(spec.ifEmpty, "ifempty", "notifempty"),
    ...(create === undefined
      ? []
      : [`create ${plainMode(create.mode).padStart(4, "0")} ${create.owner} ${create.group}`]),
    ...(spec.oldDir === undefined ? [] : [`olddir ${quotedPath(spec.oldDir)}`]),
    ...(spec.shared ? ["sharedscripts"] : []),
  ];
}

function script(name: string, lines: readonly string[] | undefined): string[] {
  return lines === undefined ? [] : [name, ...lines.map((line) => `    ${line}`), "endscript"];
}

function quotedPath(path: string): string {
  return /^[A-Za-z0-9_/.*?[\]@%+=:,-]+$/.test(path) ? path : `"${path}"`;
}
