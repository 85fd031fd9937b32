/**
 * Reads foreign JSON into typed values at the edge, so that nothing behind it needs a check.
 *
 * Unknown fields are ignored: a newer server may send more. A missing or mistyped field throws
 * BadMessage with its path. Not a validation library: only what the wires need.
 */

export class BadMessage extends Error {
  constructor(readonly path: string) {
    super(`unexpected value at ${path}`);
  }
}

export type Reader<T> = (value: unknown, path?: string) => T;
export type Shape<R> = R extends Reader<infer T> ? T : never;

const ROOT = '$';

export const text: Reader<string> = (value, path = ROOT) => {
  if (typeof value !== 'string') throw new BadMessage(path);
  return value;
};

export const number: Reader<number> = (value, path = ROOT) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new BadMessage(path);
  return value;
};

export const flag: Reader<boolean> = (value, path = ROOT) => {
  if (typeof value !== 'boolean') throw new BadMessage(path);
  return value;
};

export const anything: Reader<unknown> = (value) => value;

export function object<T extends object>(fields: { [Key in keyof T]: Reader<T[Key]> }): Reader<T> {
  const entries = Object.entries<Reader<unknown>>(fields);
  return (value, path = ROOT) => {
    if (typeof value !== 'object' || value === null) throw new BadMessage(path);
    const source = value as Record<string, unknown>;
    const read: Record<string, unknown> = {};
    for (const [name, reader] of entries) read[name] = reader(source[name], `${path}.${name}`);
    return read as T;
  };
}

/** Accepts one of the values; another one throws, or becomes `otherwise` when that is given. */
export function oneOf<const T extends string>(values: readonly T[], otherwise?: T): Reader<T> {
  return (value, path = ROOT) => {
    const found = values.find((one) => one === value) ?? otherwise;
    if (found === undefined) throw new BadMessage(path);
    return found;
  };
}

/** Null and absent are the same. */
export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value, path = ROOT) => (value === null || value === undefined ? null : read(value, path));
}

export function withDefault<T>(read: Reader<T>, otherwise: T): Reader<T> {
  return (value, path = ROOT) =>
    value === null || value === undefined ? otherwise : read(value, path);
}

export function list<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, path = ROOT) => {
    if (!Array.isArray(value)) throw new BadMessage(path);
    return value.map((item, index) => read(item, `${path}[${index}]`));
  };
}

/** Leaves out what it cannot read: one item of a newer kind must not cost the whole roster. */
export function lenientList<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, path = ROOT) => {
    if (!Array.isArray(value)) throw new BadMessage(path);
    return value.flatMap((item, index) => {
      try {
        return [read(item, `${path}[${index}]`)];
      } catch (error) {
        if (error instanceof BadMessage) return [];
        throw error;
      }
    });
  };
}

export const flags: Reader<Readonly<Record<string, boolean>>> = (value, path = ROOT) => {
  if (typeof value !== 'object' || value === null) throw new BadMessage(path);
  return Object.fromEntries(Object.entries(value).map(([name, on]) => [name, on === true]));
};
