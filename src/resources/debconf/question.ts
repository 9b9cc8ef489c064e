import { secretsIn, type Text } from "../../model/secret.ts";

export type Answer = boolean | Text;

export function textOf(answer: Answer): Text {
  return typeof answer === "boolean" ? String(answer) : answer;
}

/** An answer with a secret is compared on the machine. */
export function isSecret(answer: Answer): boolean {
  return secretsIn(answer).size > 0;
}

export function keyOfQuestion(question: string, answer: Answer): string {
  return `debconf-${isSecret(answer) ? "secret" : "answer"}:${question}`;
}
