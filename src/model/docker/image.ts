import { z } from "zod";
import { engineAsker } from "./socket.ts";

export const imageSchema = z.strictObject({
  blob: z.string().min(1).optional().describe("The blob that it is loaded from: the input digest of its build."),
  pull: z.boolean().default(false).describe("Get it from its registry."),
});
export type ImageSpec = z.output<typeof imageSchema>;

export interface ImageState {
  readonly id: string;
  readonly answer: string;
}

/**
 * `image:<reference>`: one list of all that Drover made, and one inspection for references of others. The name tells
 * whose an image is: labels would have to be in its content, and equal content has to give equal images.
 */
export const IMAGE_ASKER = engineAsker(
  "image",
  `
  if dk_list image ls --no-trunc --filter 'reference=drover/*:*' --format 'image:{{.Repository}}:{{.Tag}}{{"\\t"}}image id={{.ID}}'; then
    dk_out=$dk_got
    for dk_a in "$@"; do
      case $dk_a in drover/*) continue ;; esac
      dk_inspect image inspect --format "image:$dk_a{{\\"\\\\t\\"}}image id={{.Id}}" "$dk_a" || break
      [ -z "$dk_got" ] || dk_out="$dk_out\${dk_out:+$nl}$dk_got"
    done
  fi
`,
);
