export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; none where it is something else. */
export function fieldsOf(value: unknown): Fields {
  // A plain object by the walk in plain.ts.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function recordOf(value: unknown): Record<string, Fields> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([key, fields]) => [key, fieldsOf(fields)]));
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The texts of a list, or the one text in its place, with their paths below the field. */
export function textsOf(value: unknown): ReadonlyArray<{ readonly text: string; readonly path: readonly number[] }> {
  if (typeof value === "string") return [{ text: value, path: [] }];
  return listOf(value).flatMap((text, index) => (typeof text === "string" ? [{ text, path: [index] }] : []));
}
