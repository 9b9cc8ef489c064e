import { DroverError } from "../lib/error.ts";
import type { Place } from "../model/place.ts";
import type { Askers } from "../model/query.ts";
import type { AnyResourceType } from "../model/resource.ts";

/** What the engine works with; it names none of them. */
export interface Shelves {
  readonly types: Readonly<Record<string, AnyResourceType>>;
  readonly places: Readonly<Record<string, Place>>;
}

export function typeOf(shelves: Shelves, type: string): AnyResourceType {
  const found = shelves.types[type];
  if (found === undefined) throw new DroverError("INTERNAL", `no resource type ${type} is on the shelf`);
  return found;
}

export function placeOf(shelves: Shelves, place: string): Place {
  const found = shelves.places[place];
  if (found === undefined) throw new DroverError("INTERNAL", `no place ${place} is on the shelf`);
  return found;
}

/** All askers of the shelves by kind. Two types may share a kind only with the same text. */
export function askersOf(shelves: Shelves): Askers {
  const all: Record<string, string> = {};
  for (const type of Object.values(shelves.types)) {
    for (const [kind, body] of Object.entries(type.askers)) {
      if (all[kind] !== undefined && all[kind] !== body) {
        throw new DroverError("INTERNAL", `two resource types ask ${kind} differently`);
      }
      all[kind] = body;
    }
  }
  return all;
}
