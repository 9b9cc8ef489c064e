import { isIP } from "node:net";
import type { WholeFile } from "../../model/whole-file/state.ts";
import type { CertificateSpec } from "./schema.ts";

/** Where both files of each are: by its name alone, so that they are found again when it left the file. */
export const FOLDER = "/etc/ssl/drover";

export function certPath(name: string): string {
  return `${FOLDER}/${name}.crt`;
}

export function keyPath(name: string): string {
  return `${FOLDER}/${name}.key`;
}

/** The two files; one that is made on the machine has no content here. */
export function filesOf(name: string, spec: CertificateSpec): { readonly cert: WholeFile; readonly key: WholeFile } {
  return {
    cert: { path: certPath(name), content: spec.chain, mode: "0644", owner: "root:root" },
    key: { path: keyPath(name), content: spec.privateKey, mode: spec.mode, owner: spec.owner },
  };
}

/** Names as openssl prints them, sorted. */
export function printedNames(names: readonly string[]): string {
  return [...new Set(names.map((name) => (isIP(name) === 6 ? printedIpv6(name) : name)))].sort().join(",");
}

/** `2001:db8::1` as `2001:DB8:0:0:0:0:0:1`. */
function printedIpv6(address: string): string {
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [
      [a, b],
      [c, d],
    ]
      .map(([high, low]) => (Number(high) * 256 + Number(low)).toString(16))
      .join(":"),
  );
  const [head = "", tail] = plain.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [left, right] = [groups(head), groups(tail ?? "")];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const all = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  return all.map((group) => Number.parseInt(group, 16).toString(16).toUpperCase()).join(":");
}
