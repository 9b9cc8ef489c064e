import type { SecretOrigin } from "./secret.ts";

/** What a source looks around in. */
export interface SecretPlace {
  /** Folder of the stack file. */
  readonly folder: string;
  /** The stack's environment, such as `production`. */
  readonly environment: string;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A secret as a source is asked for it. */
export interface SecretRequest extends SecretOrigin {
  readonly name: string;
}

/** A value, or why there is none and what to do about it. */
export type SecretFound =
  | { readonly kind: "value"; readonly value: string }
  | { readonly kind: "none"; readonly why: string; readonly hint: string };

/** Answers for one run: what is slow is done once, and when it is first needed. */
export type SecretLookup = (request: SecretRequest, signal: AbortSignal) => SecretFound | Promise<SecretFound>;

/**
 * Where secrets come from. Of those that fit, the first by rank that has a value gives it. One that is broken throws a
 * DroverError, and no other is asked: a value from elsewhere might be the wrong one.
 */
export interface SecretSource {
  readonly name: string;
  /** Smaller ones are asked first. */
  readonly rank: number;
  /** What asking it takes: nothing, the user's key, or running a program, which might ask a person. */
  readonly takes: "nothing" | "key" | "program";
  fits(request: SecretRequest): boolean;
  open(place: SecretPlace): SecretLookup;
}
