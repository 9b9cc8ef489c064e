import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** How its 5 MB of source are made up: all of it code, or for the most part pictures. */
const MIXES = {
  code: { files: 200, bytes: 25_000, pictures: 0 },
  pictures: { files: 200, bytes: 5_000, pictures: 40 },
} as const;
export type Mix = keyof typeof MIXES;
const PICTURE = 100_000;

/** 47 MB in 3058 files, exactly these ones. */
const DEPENDENCIES = {
  moment: "2.30.1",
  prettier: "3.3.3",
  "prettier-older": "npm:prettier@3.2.5",
  rxjs: "7.8.1",
  typescript: "5.6.3",
};
const LOCKED = {
  moment: ["2.30.1", "sha512-uEmtNhbDOrWPFS+hdjFCBfy9f2YoyzRpwcl+DqpC6taX21FzsTLQVbMV/W7PzNSX6x/bhC1zA3c2UQ5NzH6how=="],
  prettier: [
    "3.3.3",
    "sha512-i2tDNA0O5IrMO757lfrdQZCc2jPNDVntV0m/+4whiDfWaTKfMNgR7Qz0NAeGz/nRqF4m5/6CLzbP4/liHt12Ew==",
  ],
  "prettier-older": [
    "3.2.5",
    "sha512-3/GWa9aOC0YeD7LUfvOG2NiDyhOWRvt1k+rcKhOuYnMY24iiCphgneUfJDyFXd6rZCAnuLBv6UeAULtrhT/F4A==",
  ],
  rxjs: ["7.8.1", "sha512-AA3TVj+0A2iuIoQkWEK/tqFjBq2j+6PO6Y0zJcvzLAFhEFIO3HL0vls9hWLncZbAAbK0mar7oZ4V079I/qPMxg=="],
  tslib: ["2.9.1", "sha512-a4Ux9VKuIMHsOS7ENbEq6hK2ZGYIT27Rtl0E4eD9KqwxhKiQeMZE/9xb3IdYwWaSOyIBQLExhQgXDTYoiCxnWA=="],
  typescript: [
    "5.6.3",
    "sha512-hjcS1mhfuyi4WW8IWtjP7brDrG2cuDZukyrYrSauoXGNgx0S7zceP07adYkJycEr56BOUTNPzbInooiN3fn1qw==",
  ],
} as const;

function lockFile(): string {
  const packages = Object.entries(LOCKED).map(([name, [version, integrity]]) => {
    const own = name === "prettier-older" ? { name: "prettier" } : {};
    const needs = name === "rxjs" ? { dependencies: { tslib: "^2.1.0" } } : {};
    return [`node_modules/${name}`, { ...own, version, integrity, ...needs }];
  });
  const root = { name: "big", version: "1.0.0", dependencies: DEPENDENCIES };
  return JSON.stringify({
    name: "big",
    version: "1.0.0",
    lockfileVersion: 3,
    requires: true,
    packages: { "": root, ...Object.fromEntries(packages) },
  });
}

/** Bytes that look random, the same each time. */
function noise(seed: string, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < size; at += 32) parts.push(createHash("sha256").update(`${seed} ${at}`).digest());
  return Buffer.concat(parts).subarray(0, size);
}

export interface BigApp {
  /** Changes one source file, to what no image of an earlier run has. */
  change(): void;
}

/** An app of 50 MB: 47 MB of dependencies by its lock file, and 5 MB of source in 200 files of code and maybe pictures. */
export function bigApp(root: string, mix: Mix = "code"): BigApp {
  const { files, bytes, pictures } = MIXES[mix];
  const put = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const text = (seed: string): string => `//${noise(seed, bytes / 2).toString("hex")}\n`;
  put(
    "package.json",
    JSON.stringify({ name: "big", version: "1.0.0", scripts: { start: "node src/0.js" }, dependencies: DEPENDENCIES }),
  );
  put("package-lock.json", lockFile());
  for (let index = 0; index < files; index++) put(`src/${index}.js`, text(`source ${index}`));
  for (let index = 0; index < pictures; index++) put(`public/${index}.png`, noise(`picture ${index}`, PICTURE));
  return { change: () => put("src/7.js", text(randomUUID())) };
}
