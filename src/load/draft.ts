/**
 * A stack as written, before it is known to be right: what can be read of it, so that all that is wrong can be told at
 * once. Whatever has the wrong kind is left out here; the schemas tell about it.
 */
export interface Draft {
  readonly machines: Readonly<Record<string, Fields>>;
  readonly resources: Readonly<Record<string, readonly DraftResource[]>>;
  readonly apps: Readonly<Record<string, Fields>>;
}

export type Fields = Readonly<Record<string, unknown>>;

export interface DraftResource {
  readonly index: number;
  readonly fields: Fields;
  /** `type:name`, or undefined where one of them is not a text. */
  readonly id: string | undefined;
}

export function draftOf(value: unknown): Draft {
  const stack = fieldsOf(value);
  return {
    machines: recordOf(stack["machines"]),
    resources: Object.fromEntries(
      Object.entries(fieldsOf(stack["resources"])).map(([machine, list]) => [machine, listOf(list).map(draftResource)]),
    ),
    apps: recordOf(stack["apps"]),
  };
}

function draftResource(value: unknown, index: number): DraftResource {
  const fields = fieldsOf(value);
  const { type, name } = fields;
  return { index, fields, id: typeof type === "string" && typeof name === "string" ? `${type}:${name}` : undefined };
}

function recordOf(value: unknown): Record<string, Fields> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([key, fields]) => [key, fieldsOf(fields)]));
}

/** The fields of an object; none where it is something else. */
export function fieldsOf(value: unknown): Fields {
  // A plain object by the walk in plain.ts.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The texts of a list, or the one text in its place, with their paths below the field. */
export function textsOf(value: unknown): ReadonlyArray<{ readonly text: string; readonly path: readonly number[] }> {
  if (typeof value === "string") return [{ text: value, path: [] }];
  return listOf(value).flatMap((text, index) => (typeof text === "string" ? [{ text, path: [index] }] : []));
}
