import { z } from "zod";
import { textSchema } from "../name.ts";
import { maskText } from "../secret.ts";

/** Where something is fetched from; a token in it may be a secret. */
export const urlSchema = textSchema
  .refine((url) => !/[\s\u0000-\u001f\u007f]/.test(maskText(url)), "white space cannot be in a URL: write %20")
  .refine(
    (url) => typeof url !== "string" || /^https?:\/\/[^/]/.test(url),
    "expected a URL that begins with http:// or https://",
  );

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hex digits, in lower case");

export const withinSchema = z.int().min(1).max(86_400);
