import { randomInt } from "node:crypto";
import { basename } from "node:path";

/** Without those that are mistaken for others. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/** `gb-7f3k9q`: initials to know it by, and enough chance to be alone in the world. */
export function randomId(name: string): string {
  const letters = name.replace(/[^a-z]/g, "");
  const words = name.split("-").filter((word) => /^[a-z]/.test(word));
  const initials =
    words.length > 1
      ? words
          .map((word) => word.charAt(0))
          .join("")
          .slice(0, 3)
      : letters.slice(0, 2);
  const random = Array.from({ length: 6 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join("");
  return `${initials === "" ? "st" : initials}-${random}`;
}

/** A name from the package's, else the folder's. */
export function nameFor(folder: string, packageJson: string | undefined): string {
  return [packageName(packageJson), basename(folder)].map(slug).find((name) => name !== "") ?? "app";
}

function packageName(text: string | undefined): string {
  try {
    const manifest: unknown = JSON.parse(text ?? "{}");
    const name = typeof manifest === "object" && manifest !== null && "name" in manifest ? manifest.name : "";
    return typeof name === "string" ? name.replace(/^@[^/]*\//, "") : "";
  } catch {
    return "";
  }
}

/** The nearest text that is allowed as a name. */
export function slug(text: string): string {
  const plain = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  return plain.replace(/^-+/, "").slice(0, 40).replace(/-+$/, "");
}
