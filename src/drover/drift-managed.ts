/** Whether what an inventory lists is a thing of ours: that is told under its own id. Pure. */
export function isManaged(kind: string, name: string, owned: ReadonlySet<string>): boolean {
  if (kind === "package-file") return owned.has(`path:${name}`) || owned.has(`entry:${name}`);
  if (kind === "package")
    return owned.has(`package:${name}`) || owned.has(`package:${name.replace(/:[a-z0-9]+$/, "")}`);
  if (kind === "user" || kind === "group") return owned.has(`${kind}:${name}`) || owned.has(`user:${name}`);
  if (kind === "key") return owned.has(`authorized-keys:${name.split("/")[0]}`);
  if (kind === "unit" || kind === "timer") {
    const plain = name.replace(/\.(service|timer|socket)$/, "");
    return [name, plain].some((one) => ["service", "unit", "timer"].some((type) => owned.has(`${type}:${one}`)));
  }
  return false;
}
