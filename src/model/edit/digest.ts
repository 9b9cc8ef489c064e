import { sha256 } from "../../lib/digest.ts";
import { ANY, type Answer, parseAnswer } from "../answer.ts";
import { maskText, secretsIn, type Text } from "../secret.ts";

/** The digest of a text; undefined where it holds a secret, which a bare digest could tell. */
export function plainDigest(text: Text): string | undefined {
  return secretsIn(text).size > 0 ? undefined : sha256(maskText(text));
}

/** The answer of a part of a file that is as wanted: of one with a secret, the target alone knows the digest, under its own key. */
export function promised(digest: string | undefined): Answer {
  return digest === undefined ? `same keyed=${ANY}` : `same sha256=${digest}`;
}

/** What such an answer tells of it; undefined where that is not known yet. */
export function digestOf(answer: Answer): string | undefined {
  const { sha256: plain, keyed } = parseAnswer(answer).fields;
  const digest = plain ?? keyed;
  return digest === "none" ? undefined : digest;
}
