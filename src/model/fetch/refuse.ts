import { DroverError } from "../../lib/error.ts";
import { ABSENT, type Answers } from "../answer.ts";
import { isBringing } from "../ask/path-state.ts";

/** Refuses to plan what nothing on the target can fetch; a package of this run may bring it. */
export function refuseWithoutFetcher(id: string, answers: Answers): void {
  if (answers.get("fetcher:main") !== ABSENT || isBringing(answers)) return;
  throw new DroverError("CONFLICT", `${id}: neither curl nor wget is there to fetch it with`, {
    hint: 'declare pkg("curl")',
  });
}
