import { describe, expect, it } from "vitest";
import { bootstrap, imageTag, mirrors, recipe } from "./recipe.ts";

const sources = `Types: deb
# http://snapshot.debian.org/archive/debian/20250520T000000Z
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates

Types: deb
URIs: http://mirror.example/debian-security
`;

const plain = { release: "bookworm", shell: "dash", init: "systemd", packages: "apt" } as const;

describe("mirrors", () => {
  it("are those of this machine's apt", () => {
    const own = { archive: "http://mirror.example/debian", security: "http://mirror.example/debian-security" };
    expect(mirrors(sources)).toEqual(own);
    expect(mirrors("deb http://mirror.example/debian bookworm main\n")).toMatchObject({ archive: own.archive });
  });
  it("are Debian's where apt has none for Debian", () => {
    const debian = { archive: "http://deb.debian.org/debian", security: "http://deb.debian.org/debian-security" };
    expect(mirrors("")).toEqual(debian);
    expect(mirrors("deb http://archive.ubuntu.com/ubuntu noble main")).toEqual(debian);
  });
});

describe("imageTag", () => {
  it("names the recipe: the same for the same, another for any difference", () => {
    const tag = imageTag(recipe(plain, sources));
    expect(tag).toMatch(/^drover-test-machine:[0-9a-f]{16}$/);
    expect(imageTag(recipe({ ...plain, shell: "bash" }, sources))).toBe(tag); // a symlink of the host, not of the image
    expect(imageTag(recipe({ ...plain, shell: "busybox" }, sources))).not.toBe(tag);
    expect(imageTag(recipe({ ...plain, release: "trixie" }, sources))).not.toBe(tag);
    expect(imageTag(recipe(plain, ""))).not.toBe(tag);
    expect(imageTag(recipe({ ...plain, init: "none" }, sources))).toBe(tag); // it is there, and does not run
    expect(imageTag(recipe({ ...plain, init: "sysv" }, sources))).not.toBe(tag);
    expect(imageTag(recipe({ ...plain, packages: "rpm" }, sources))).not.toBe(tag);
  });
});

describe("bootstrap", () => {
  it("is one command, its sources last", () => {
    const argv = bootstrap(recipe({ ...plain, shell: "busybox" }, sources), "/tmp/x.tar");
    expect(argv[0]).toBe("mmdebstrap");
    expect(argv).toContain("/tmp/x.tar");
    expect(argv.at(-1)).toBe("deb http://mirror.example/debian-security bookworm-security main");
    expect(argv.filter((word) => word.startsWith("--customize-hook="))).toHaveLength(3);
  });
  it("leaves no apt to clean up by where packages are rpm's", () => {
    const argv = bootstrap(recipe({ ...plain, packages: "rpm" }, sources), "/tmp/x.tar");
    expect(argv).toContain("--skip=cleanup/apt");
    expect(argv.find((word) => word.startsWith("--include="))).toContain("dnf,dnf-plugins-core,rpm,createrepo-c");
  });

  it("has nothing of systemd for sysvinit", () => {
    const included = bootstrap(recipe({ ...plain, init: "sysv" }, sources), "/tmp/x.tar").find((word) =>
      word.startsWith("--include="),
    );
    expect(included).toContain("sysvinit-core");
    expect(included).not.toContain("systemd");
  });
});
