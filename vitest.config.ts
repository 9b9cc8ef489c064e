import { defineConfig } from "vitest/config";

/** Suites that need real servers share one machine: they run one after the other. */
const REAL = [
  "test/{docker,engine,load}/**/*.test.ts",
  "test/hosts/{drift,kept-plan,proxy,references,resources,ssh,undo}.test.ts",
];
/** A suite for each family of resource types, on real hosts: `npm run test:hosts`. */
const HOSTS = ["test/hosts/**/*.test.ts"];
/** Against other tools: `npm run test:crosscheck`. */
const CROSSCHECK = ["test/crosscheck/**/*.test.ts"];
const ROOMS = ["test/{machines,router,build}/**/*.test.ts"];
const FAULTS = ["test/faults/**/*.test.ts"];
/** On a virtual machine with a kernel and disks of its own: `npm run test:vm`. */
const VM = ["test/vm/**/*.test.ts"];
const E2E = ["test/e2e/**/*.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...REAL, ...HOSTS, ...CROSSCHECK, ...ROOMS, ...FAULTS, ...E2E, ...VM],
        },
      },
      { test: { name: "real", include: REAL, fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000 } },
      {
        test: {
          name: "hosts",
          include: HOSTS,
          exclude: REAL,
          fileParallelism: false,
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: "crosscheck",
          include: CROSSCHECK,
          fileParallelism: false,
          testTimeout: 1_800_000,
          hookTimeout: 900_000,
        },
      },
      { test: { name: "rooms", include: ROOMS, fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000 } },
      { test: { name: "vm", include: VM, fileParallelism: false, testTimeout: 3_600_000, hookTimeout: 2_400_000 } },
      { test: { name: "e2e", include: E2E, fileParallelism: false, testTimeout: 900_000, hookTimeout: 900_000 } },
      {
        test: {
          name: "faults",
          include: FAULTS,
          fileParallelism: false,
          testTimeout: 14_400_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
