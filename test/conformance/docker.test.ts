import { factsOf } from "../../src/model/facts.ts";
import type { AnyResourceType } from "../../src/model/resource.ts";
import type { Json } from "../../src/model/secret.ts";
import container from "../../src/resources/container.ts";
import engine from "../../src/resources/container-engine.ts";
import image from "../../src/resources/image.ts";
import network from "../../src/resources/network.ts";
import route from "../../src/resources/route.ts";
import router from "../../src/resources/router.ts";
import volume from "../../src/resources/volume.ts";
import { describeResource } from "./resource.ts";

const OTHER = "shop/production";

/** The answer that a type promises for a spec, as another stack's thing gives it. */
function promised(type: AnyResourceType, name: string, spec: Json, key: string, init = ""): string {
  const answers = new Map([["fact:init", init]]);
  const context = { owner: OTHER, facts: factsOf(answers), answers };
  const to = type.plan(name, spec, { kind: "absent" }, context).to[key] ?? "";
  return to
    .replace(" id=*", " id=0a1b2c3d4e5f")
    .replace(" stop=*", " stop=30")
    .replace(" pid=*", " pid=7")
    .replace("version=*", "version=2.6.12");
}

const stopped = "unknown why=stopped";
const running = "running version=20.10.24 api=1.41";

const name = "gb.site.web.3f2a91bc.1";
const [key, secretsKey] = [`container:${name}`, `container-secrets:${name}`];
const web = {
  ...{ image: "drover/gb.site:0123456789ab", app: "site", process: "web", release: "3f2a91bc", group: "site" },
  ...{ network: "gb.site", address: "10.210.4.2", user: "10001:10001", env: { PORT: "3000" } },
  proof: { kind: "http", port: 3000, path: "/up", interval: 1, timeout: 5, start: 60 },
};
const secret = { secret: "PW" };
const withSecrets = { ...web, env: { PW: secret, URL: { concat: ["x", secret] } }, files: { "/run/pw": secret } };
const said = promised(container, name, web, key);
const saidSecrets = promised(container, name, withSecrets, key);

describeResource(container, {
  name,
  specs: {
    web,
    "with secrets": withSecrets,
    worker: { ...web, process: "worker", proof: { kind: "alive", seconds: 3 } },
    "with volumes": { ...web, volumes: [{ name: "gb.site.data", path: "/data" }], limits: { memory: "1g", pids: 9 } },
  },
  worlds: {
    absent: { [key]: "absent", [secretsKey]: "absent" },
    "absent, and can seal": { [key]: "absent", [secretsKey]: "absent", "sealing:files": "systemd-creds" },
    proven: { [key]: said, [secretsKey]: "other" },
    "proven, with secrets": { [key]: saidSecrets, [secretsKey]: "same" },
    "an old value": { [key]: saidSecrets, [secretsKey]: "other" },
    "no value here": { [key]: saidSecrets, [secretsKey]: "unknown why=secret" },
    "half-made": { [key]: said.replace("=running", "=created").replace("unless-stopped", "no"), [secretsKey]: "other" },
    paused: { [key]: saidSecrets.replace("=running", "=paused"), [secretsKey]: "same" },
    dead: { [key]: said.replace("=running", "=dead"), [secretsKey]: "other" },
    "somebody's": {
      [key]:
        "container status=running id=0a1b2c3d4e5f spec= image=sha256%3Aaa net=host ip= vols= restart=always owner= app=it%27s process= release= group= stop=",
      [secretsKey]: "other",
    },
    "engine stopped": { [key]: stopped, [secretsKey]: "absent", "container-engine:docker": "stopped" },
    "engine to be started": {
      [key]: stopped,
      [secretsKey]: "absent",
      "container-engine:docker": "running version=* api=*",
    },
    unreadable: { [key]: "unknown why=rights", [secretsKey]: "absent" },
  },
  moving: ["half-made", "paused", "dead", "somebody's"],
  refused: ["engine stopped", "unreadable"],
});

describeResource(image, {
  name: "shop/site:1",
  specs: { built: { blob: "0123456789ab" }, pulled: { pull: true }, kept: {} },
  worlds: {
    absent: { "image:shop/site:1": "absent" },
    there: { "image:shop/site:1": "image id=sha256:aa" },
    "engine to be started": { "image:shop/site:1": stopped, "container-engine:docker": "running version=* api=*" },
    unreadable: { "image:shop/site:1": "unknown why=rights" },
  },
  refused: ["unreadable"],
});

describeResource(network, {
  name: "gb.site",
  specs: { one: { subnet: "10.210.4.0/26", app: "site" }, another: { subnet: "10.210.5.0/24" } },
  worlds: {
    absent: { "network:gb.site": "absent" },
    there: {
      "network:gb.site": promised(network, "gb.site", { subnet: "10.210.4.0/26", app: "site" }, "network:gb.site"),
    },
    "somebody's": { "network:gb.site": "network id=0a1b2c3d4e5f subnet=10.210.4.0/26 owner= app=" },
    "without a subnet": { "network:gb.site": "network id=0a1b2c3d4e5f subnet= owner= app=" },
    unreadable: { "network:gb.site": "unknown why=rights" },
  },
  moving: ["without a subnet"],
  refused: ["unreadable"],
});

const volumeOf = (user: string): string =>
  `volume driver=local owner=shop%2Fproduction app=site path=%2Fdata user=${user}`;

describeResource(volume, {
  name: "gb.site.data",
  specs: { plain: {}, "a user's": { app: "site", path: "/data", user: "10001:10001" } },
  worlds: {
    absent: { "volume:gb.site.data": "absent" },
    root: { "volume:gb.site.data": volumeOf("0:0") },
    "a user's": { "volume:gb.site.data": volumeOf("10001:10001") },
    "whose is not seen": { "volume:gb.site.data": volumeOf("?") },
    unreadable: { "volume:gb.site.data": "unknown why=rights" },
  },
  refused: ["unreadable"],
});

const engineWorld = (answer: string, guests: string, init: string): Record<string, string> => ({
  "container-engine:docker": answer,
  "engine-guests:gb/production": guests,
  ...{ "fact:init": init, "fact:os": "debian", "fact:release": "bookworm", "fact:packages": "apt" },
});

describeResource(engine, {
  name: "docker",
  specs: { any: {} },
  worlds: {
    absent: engineWorld("absent", "none", "systemd"),
    "absent, no init": engineWorld("absent", "none", "none"),
    stopped: engineWorld("stopped", "none", "sysv"),
    "without a client": engineWorld("no-client", "none", "systemd"),
    running: engineWorld(running, "none", "none"),
    "with guests": engineWorld(running, "guests containers=1 volumes=0 images=0", "systemd"),
    old: engineWorld("running version=19.03 api=1.40", "none", "systemd"),
    unreadable: engineWorld("unknown why=rights", "unknown why=rights", "systemd"),
  },
  moving: ["stopped", "without a client"],
  refused: ["old", "unreadable"],
});

const site = {
  domains: ["example.com"],
  servers: [{ name, address: "10.210.4.2", port: 3000 }],
  drainSeconds: 30,
};
const served = promised(route, "gb.site", site, "route:gb.site");

describeResource(route, {
  name: "gb.site",
  specs: { site, "the default": { ...site, domains: [] }, "no servers": { ...site, servers: [], drainSeconds: 1 } },
  worlds: {
    absent: { "route:gb.site": "absent" },
    "served for another": { "route:gb.site": served },
    drains: { "route:gb.site": served.replace("leaving=", "leaving=gb.site.web.00000000.1") },
    written: { "route:gb.site": served.replace("served", "written").replace(/ runtime=\S*/, " runtime=") },
    unreadable: { "route:gb.site": "unknown why=router-does-not-answer" },
  },
  moving: ["served for another", "drains", "written"],
  refused: ["unreadable"],
});

const listen = [{ address: "0.0.0.0", port: 80 }];
const routed = promised(router, "haproxy", { listen }, "route:@router", "systemd");

describeResource(router, {
  name: "haproxy",
  specs: { one: { listen }, both: { listen: [...listen, { address: "::", port: 80 }] } },
  worlds: {
    absent: { "route:@router": "absent", "listener:80": "free", "fact:init": "systemd" },
    "absent, no init": { "route:@router": "absent", "listener:80": "own", "fact:init": "none" },
    running: { "route:@router": routed, "listener:80": "own", "fact:init": "systemd" },
    stopped: {
      "route:@router": routed.replace(/^running version=\S+ pid=\S+/, "stopped"),
      "listener:80": "free",
      "fact:init": "systemd",
    },
    "another's port": { "route:@router": "absent", "listener:80": "foreign pid=8 name=nginx", "fact:init": "systemd" },
    unreadable: { "route:@router": "unknown why=rights", "listener:80": "free" },
  },
  moving: ["stopped"],
  refused: ["another's port", "unreadable"],
});
