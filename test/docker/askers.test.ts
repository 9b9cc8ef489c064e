import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Query } from "../../src/model/query.ts";
import container from "../../src/resources/container.ts";
import engine from "../../src/resources/container-engine.ts";
import image from "../../src/resources/image.ts";
import network from "../../src/resources/network.ts";
import router from "../../src/resources/router.ts";
import volume from "../../src/resources/volume.ts";
import { askHere, SHELLS } from "../conformance/ask.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { BUSYBOX, docker, makeBusybox } from "./busybox.ts";

const askers = Object.assign({}, ...[container, engine, image, network, router, volume].map((type) => type.askers));
const OWNER = "asroom/production";
const ODD = 'it\'s "x" $(y) `z` * %41 | a\tb';
const names = { own: "asroom.web.1", foreign: "asroom-foreign", ended: "asroom.ended" };

const queries: readonly Query[] = [
  ...[`@${OWNER}`, names.own, names.foreign, "asroom.none"].map((arg) => ({ kind: "container", arg })),
  ...Object.values(names).map((arg) => ({ kind: "container-run", arg })),
  { kind: "container-secrets", arg: names.own, extra: ["env", "PASSWORD", ODD, "env", "PORT", "3000"] },
  { kind: "container-secrets", arg: names.foreign, extra: ["env", "PASSWORD", ODD] },
  { kind: "container-secrets", arg: "asroom.none", extra: ["env", "PASSWORD", ODD] },
  ...[`@${OWNER}`, "asroom.net", "asroom.none"].map((arg) => ({ kind: "network", arg })),
  ...[`@${OWNER}`, "asroom.data", "asroom-foreign", "asroom.none"].map((arg) => ({ kind: "volume", arg })),
  ...[`@${OWNER}`, "drover/asroom.web:1", BUSYBOX, "asroom/none:1"].map((arg) => ({ kind: "image", arg })),
  { kind: "container-engine", arg: "docker" },
  { kind: "engine-guests", arg: OWNER },
  { kind: "listener", arg: "9" },
  { kind: "http", arg: "10.212.0.2:3000/up", extra: ["x", "5"] },
  { kind: "http", arg: "10.212.0.2:3000/nowhere", extra: ["x", "5"] },
  { kind: "http", arg: "10.212.0.2:3001/", extra: ["x", "1"] },
];

describe.skipIf(await requirement("container engine", requireEngine))("askers on a real engine", () => {
  beforeAll(() => {
    makeBusybox();
    clean();
    docker(
      "network",
      "create",
      "--subnet",
      "10.212.0.0/26",
      "--label",
      `drover.owner=${OWNER}`,
      "--label",
      "drover.app=web",
      "asroom.net",
    );
    docker(
      "volume",
      "create",
      "--label",
      `drover.owner=${OWNER}`,
      "--label",
      "drover.app=web",
      "--label",
      "drover.path=/data",
      "asroom.data",
    );
    docker("volume", "create", "asroom-foreign");
    docker("tag", BUSYBOX, "drover/asroom.web:1");
    const labels = [`drover.owner=${OWNER}`, "drover.app=web", "drover.spec=abc", "drover.stop=5"].flatMap((label) => [
      "--label",
      label,
    ]);
    const own = [
      "--name",
      names.own,
      "--network",
      "asroom.net",
      "--ip",
      "10.212.0.2",
      "-e",
      `PASSWORD=${ODD}`,
      "-e",
      "PORT=3000",
    ];
    docker("run", "-d", ...own, ...labels, BUSYBOX, "/bin/httpd", "-f", "-p", "3000", "-h", "/www");
    docker("run", "-d", "--name", names.foreign, "--label", `drover.app=${ODD}`, BUSYBOX, "/bin/sleep", "100000");
    docker("run", "--name", names.ended, BUSYBOX, "/bin/sh", "-c", "exit 0");
  });
  afterAll(() => clean());

  function clean(): void {
    for (const name of Object.values(names)) quietly("rm", "-f", name);
    quietly("network", "rm", "asroom.net");
    quietly("volume", "rm", "asroom.data", "asroom-foreign");
    quietly("rmi", "drover/asroom.web:1");
  }

  function quietly(...args: string[]): void {
    try {
      docker(...args);
    } catch {
      // It was not there.
    }
  }

  test.each(SHELLS)("$name asks the engine, quietly and with one line for each", (shell) => {
    const answers = askHere(shell, askers, queries);
    const get = (key: string): string | undefined => answers.get(key);
    expect(get(`container:@${OWNER}`)).toBe("read");
    expect(get(`container:${names.own}`)).toMatch(
      /^container status=running id=[0-9a-f]{12} spec=abc image=drover-test%2Fbusybox%3A\d net=asroom\.net ip=10\.212\.0\.2 vols= restart=no owner=asroom%2Fproduction app=web process= release= group= stop=5$/,
    );
    expect(get(`container:${names.foreign}`)).toMatch(
      / net=bridge ip= vols= restart=no owner= app=it%27s\+%22x%22\S+ process=/,
    );
    expect(get("container:asroom.none")).toBe("absent");
    expect(get(`container-run:${names.own}`)).toBe("running");
    expect(get(`container-run:${names.ended}`)).toBe("ended code=0");
    expect(get(`container-secrets:${names.own}`)).toBe("same");
    expect(get(`container-secrets:${names.foreign}`)).toBe("other");
    expect(get("container-secrets:asroom.none")).toBe("absent");
    expect(get("network:asroom.net")).toMatch(
      /^network id=[0-9a-f]{12} subnet=10\.212\.0\.0\/26 owner=asroom%2Fproduction app=web$/,
    );
    expect(get("network:bridge")).toMatch(/^network id=[0-9a-f]{12} subnet=\S+ owner= app=$/);
    expect(get("network:none")).toMatch(/ subnet= owner= app=$/);
    expect(get("volume:asroom.data")).toBe(
      "volume driver=local owner=asroom%2Fproduction app=web path=%2Fdata user=0:0",
    );
    expect(get("volume:asroom-foreign")).toBe("volume driver=local owner= app= path= user=0:0");
    expect(get("volume:asroom.none")).toBe("absent");
    expect(get("image:drover/asroom.web:1")).toMatch(/^image id=sha256:[0-9a-f]{64}$/);
    expect(get(`image:${BUSYBOX}`)).toBe(get("image:drover/asroom.web:1"));
    expect(get("image:asroom/none:1")).toBe("absent");
    expect(get("container-engine:docker")).toMatch(/^running version=\S+ api=1\.\d+$/);
    expect(get(`engine-guests:${OWNER}`)).toMatch(/^guests containers=[1-9]\d* volumes=[1-9]\d* images=[1-9]\d*$/);
    expect(get("listener:9")).toBe("free");
    expect(get("http:10.212.0.2:3000/up")).toBe("ready code=200");
    expect(get("http:10.212.0.2:3000/nowhere")).toBe("answered code=404");
    expect(get("http:10.212.0.2:3001/")).toBe("silent");
    for (const { kind, arg } of queries) expect(answers.has(`${kind}:${arg}`), `${kind}:${arg}`).toBe(true);
  });
});
