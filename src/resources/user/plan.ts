import { isUnknown } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { noop, type Planned } from "../../model/change.ts";
import type { PlanContext } from "../../model/resource.ts";
import { planAccount, planNewAccount } from "./account.ts";
import { planHome } from "./home.ts";
import { type About, joined } from "./part.ts";
import type { UserSpec } from "./schema.ts";
import { planShadow } from "./shadow.ts";
import type { UserState } from "./state.ts";
import { planSubids } from "./subids.ts";

/** Decides how a user comes to be as wanted. Pure. */
export function planUser(
  name: string,
  declared: UserSpec,
  state: UserState | undefined,
  { answers }: Pick<PlanContext, "answers">,
): Planned {
  const about: About = { name, spec: declared, state, answers };
  const rest = [planShadow(about), planHome(about), planSubids(about)];
  if (state === undefined) {
    const found = isBringing(answers) ? { foundBy: `user:${name}` } : {};
    return { ...joined("create", [planNewAccount(about), ...rest]), ...found };
  }
  const account = planAccount(about, state);
  const parts = [account, ...rest];
  if (parts.some((part) => part.diff.length > 0)) return joined("update", parts);
  const { to, notes } = joined("update", parts);
  const seen = Object.fromEntries(Object.entries(to).filter(([, answer]) => !isUnknown(answer)));
  return { ...noop(seen), ...(notes === undefined ? {} : { notes }) };
}
