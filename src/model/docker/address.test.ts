import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  engineRange,
  formatSubnet,
  freeSubnet,
  overlaps,
  ownAddresses,
  parseSubnet,
  prefixFor,
  type Subnet,
  sizeOf,
} from "./address.ts";

const of = (text: string): Subnet => parseSubnet(text) ?? { base: -1, prefix: 32 };
const seeds = fc.stringMatching(/^[0-9a-f]{8}$/);

describe("subnets", () => {
  test.each(["10.0.0.0", "10.0.0.0/33", "256.0.0.0/8", "1.2.3/8", "fd00::/64", "", "10.0.0.0/8 "])(
    "%j is none",
    (text) => {
      expect(parseSubnet(text)).toBeUndefined();
    },
  );

  test("are written as their first address", () => {
    expect(formatSubnet(of("10.210.4.77/26"))).toBe("10.210.4.64/26");
    expect(formatSubnet(of("255.255.255.255/0"))).toBe("0.0.0.0/0");
  });

  test("a free one is within the pool and overlaps none that is taken, or the pool is full", () => {
    const subnets = fc.record({ base: fc.nat({ max: 1023 }), prefix: fc.integer({ min: 20, max: 30 }) });
    const pool = of("10.210.240.0/22");
    fc.assert(
      fc.property(
        fc.array(subnets, { maxLength: 12 }),
        seeds,
        fc.integer({ min: 24, max: 28 }),
        (list, seed, prefix) => {
          const taken = list.map((one) => of(formatSubnet({ base: pool.base + one.base, prefix: one.prefix })));
          const found = freeSubnet(pool, prefix, taken, seed);
          if (found !== undefined) {
            expect(overlaps(found, pool) && found.base + sizeOf(prefix) <= pool.base + sizeOf(pool.prefix)).toBe(true);
            expect(taken.some((one) => overlaps(one, found))).toBe(false);
            expect(freeSubnet(pool, prefix, taken, seed)).toEqual(found);
          } else {
            const all = Array.from({ length: sizeOf(22) / sizeOf(prefix) }, (_, at) => pool.base + at * sizeOf(prefix));
            expect(all.every((base) => taken.some((one) => overlaps(one, { base, prefix })))).toBe(true);
          }
        },
      ),
    );
  });

  test("what we give out, the gateway and what the engine gives out are apart", () => {
    const subnet = of("10.210.4.64/26");
    const own = ownAddresses(subnet);
    expect([own[0], own.at(-1), own.length]).toEqual(["10.210.4.66", "10.210.4.111", 46]);
    expect(formatSubnet(engineRange(subnet))).toBe("10.210.4.112/28");
    expect(own.some((address) => overlaps(of(`${address}/32`), engineRange(subnet)))).toBe(false);
  });

  test("are as large as they have to be", () => {
    expect([1, 46, 47, 94, 95, 1000].map(prefixFor)).toEqual([26, 26, 25, 25, 24, 21]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (count) => {
        expect(ownAddresses({ base: 0, prefix: prefixFor(count) }).length).toBeGreaterThanOrEqual(count);
      }),
    );
  });
});
