import { z } from "zod";
import { ANY, type Answer, type Answers, formatAnswer, parseAnswer } from "../answer.ts";
import type { Step } from "../step.ts";
import { engineRange, formatAddress, formatSubnet, parseSubnet, type Subnet } from "./address.ts";
import { APP, field, labelField, OWNER, unfield } from "./label.ts";
import { call, engineAsker } from "./socket.ts";

export const networkSchema = z.strictObject({
  subnet: z
    .string()
    .refine((text) => parseSubnet(text) !== undefined, "expected an IPv4 subnet such as 10.210.0.0/26")
    .describe("IPv4 subnet; containers get their addresses from it."),
  app: z.string().optional().describe("The app that it belongs to."),
});
export type NetworkSpec = z.output<typeof networkSchema>;

export interface NetworkState {
  readonly id: string;
  readonly subnets: readonly string[];
  readonly owner: string;
  readonly app: string;
  readonly answer: Answer;
}

const TEMPLATE = [
  `network:{{urlquery .Name}}{{"\\t"}}network id={{slice .Id 0 12}}`,
  "subnet={{range $i, $c := .IPAM.Config}}{{if $i}},{{end}}{{$c.Subnet}}{{end}}",
  labelField("owner", OWNER, ".Labels"),
  labelField("app", APP, ".Labels"),
].join(" ");

/** `network:<name>`: all networks of the engine, because a new one must not overlap any. */
export const NETWORK_ASKER = engineAsker(
  "network",
  `
  if dk_list network ls -q --no-trunc; then
    dk_inspect network inspect --format '${TEMPLATE}' $dk_got && dk_out=$dk_got
  fi
`,
);

export function networkAnswer(spec: NetworkSpec, owner: string): Answer {
  return formatAnswer("network", { id: ANY, subnet: spec.subnet, owner: field(owner), app: field(spec.app ?? "") });
}

export function parseNetwork(answer: Answer): NetworkState {
  const { fields } = parseAnswer(answer);
  return {
    id: fields["id"] ?? "",
    subnets: (fields["subnet"] ?? "").split(",").filter((subnet) => subnet !== ""),
    owner: unfield(fields["owner"]),
    app: unfield(fields["app"]),
    answer,
  };
}

/** Subnets of all networks on the engine, by network name. */
export function knownSubnets(answers: Answers): Map<string, Subnet[]> {
  const known = new Map<string, Subnet[]>();
  for (const [key, answer] of answers) {
    if (!key.startsWith("network:") || !answer.startsWith("network ")) continue;
    known.set(
      key.slice("network:".length),
      parseNetwork(answer).subnets.flatMap((subnet) => parseSubnet(subnet) ?? []),
    );
  }
  return known;
}

export function createNetwork(name: string, spec: NetworkSpec, owner: string): Step {
  const subnet = parseSubnet(spec.subnet) ?? { base: 0, prefix: 32 };
  const config = {
    Subnet: spec.subnet,
    Gateway: formatAddress(subnet.base + 1),
    ...(subnet.prefix > 28 ? {} : { IPRange: formatSubnet(engineRange(subnet)) }),
  };
  const body = {
    Name: name,
    Driver: "bridge",
    CheckDuplicate: true,
    IPAM: { Driver: "default", Config: [config] },
    Labels: { [OWNER]: owner, ...(spec.app === undefined ? {} : { [APP]: spec.app }) },
  };
  return call("POST", "/networks/create", { body, statuses: [201] });
}
