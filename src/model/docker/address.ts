/** IPv4 sums for networks: pure, deterministic. */
export interface Subnet {
  readonly base: number;
  readonly prefix: number;
}

export function parseSubnet(text: string): Subnet | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = (match ?? []).slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || prefix > 32) return undefined;
  const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  return { base: address - (address % sizeOf(prefix)), prefix };
}

export function formatSubnet({ base, prefix }: Subnet): string {
  return `${formatAddress(base)}/${prefix}`;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

export function sizeOf(prefix: number): number {
  return 2 ** (32 - prefix);
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.base < b.base + sizeOf(b.prefix) && b.base < a.base + sizeOf(a.prefix);
}

/**
 * A free subnet of the pool. The search starts at a place that `seed` (hex) decides, so that the same app gets the same
 * one again where that is free; undefined when the pool is full.
 */
export function freeSubnet(pool: Subnet, prefix: number, taken: readonly Subnet[], seed: string): Subnet | undefined {
  const size = sizeOf(prefix);
  const count = Math.floor(sizeOf(pool.prefix) / size);
  const first = Number.parseInt(seed.slice(0, 8), 16) % Math.max(count, 1);
  for (let step = 0; step < count; step += 1) {
    const subnet = { base: pool.base + ((first + step) % count) * size, prefix };
    if (!taken.some((other) => overlaps(subnet, other))) return subnet;
  }
  return undefined;
}

/** Addresses that Drover gives out: after network and gateway, before the last quarter, from which the engine gives. */
export function ownAddresses({ base, prefix }: Subnet): string[] {
  const count = sizeOf(prefix) - sizeOf(prefix) / 4 - 2;
  return Array.from({ length: Math.max(count, 0) }, (_, index) => formatAddress(base + 2 + index));
}

/** The last quarter: for containers that somebody else puts on the network. */
export function engineRange({ base, prefix }: Subnet): Subnet {
  const size = sizeOf(prefix) / 4;
  return { base: base + 3 * size, prefix: prefix + 2 };
}

/** The smallest subnet, `/26` or larger, that has so many own addresses. */
export function prefixFor(addresses: number): number {
  for (let prefix = 26; prefix > 16; prefix -= 1) if (sizeOf(prefix) * 0.75 - 2 >= addresses) return prefix;
  return 16;
}
