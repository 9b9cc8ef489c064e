/** `name` or `name:arch`, as dnf and rpm write it. */
export function rpmName(name: string): string {
  return name.replace(":", ".");
}

/** Exactly this version, for dnf: with its epoch, so that nothing else of the name can be meant. */
export function exactly(name: string, version: string): string {
  const [base = "", arch] = name.split(":");
  const full = version.includes(":") ? version : `0:${version}`;
  return `${base}-${full}${arch === undefined ? "" : `.${arch}`}`;
}
