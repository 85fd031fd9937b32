/** Reads the JSON Schema that the media worker prints of its messages, as far as it is used there. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(
  new URL('../../../../../backend/sfu/target/release/streamforge-sfu', import.meta.url),
);

export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Null when the worker is not built here; the whole test run builds it first. */
export function workerSchema(): Schema | null {
  if (!existsSync(WORKER)) return null;
  return JSON.parse(execFileSync(WORKER, ['--print-schema'], { encoding: 'utf8' })) as Schema;
}

export function definition(root: Schema, name: string): Schema {
  const found = root.$defs?.[name];
  if (found === undefined) throw new Error(`the schema has no ${name}`);
  return found;
}

/** A smallest value of a schema: required properties only, arrays of one item. */
export function sample(root: Schema, schema: Schema): unknown {
  const whole = resolve(root, schema);
  if (whole.const !== undefined) return whole.const;
  if (whole.enum !== undefined) return whole.enum[0];
  const type = typeof whole.type === 'string' ? whole.type : whole.type?.[0];
  if (type === 'array') return whole.items === undefined ? [] : [sample(root, whole.items)];
  if (type === 'string') return 'text';
  if (type === 'integer' || type === 'number') return 1;
  if (type === 'boolean') return true;
  const choice = (whole.oneOf ?? whole.anyOf)?.[0];
  const chosen = choice === undefined ? undefined : sample(root, choice);
  if (Object.keys(whole.properties ?? {}).length === 0) return chosen ?? null;
  const own = (whole.required ?? []).map((name) => {
    const property = whole.properties?.[name];
    return [name, property === undefined ? null : sample(root, property)] as const;
  });
  return { ...(typeof chosen === 'object' ? chosen : {}), ...Object.fromEntries(own) };
}

/** The property names that a variant knows. */
export function propertiesOf(root: Schema, schema: Schema): Set<string> {
  const whole = resolve(root, schema);
  const nested = (whole.oneOf ?? []).flatMap((one) => [...propertiesOf(root, one)]);
  return new Set([...Object.keys(whole.properties ?? {}), ...nested]);
}

/** A `$ref` beside own keywords adds to them (draft 2020-12). */
function resolve(root: Schema, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const target = resolve(root, definition(root, schema.$ref.replace('#/$defs/', '')));
  return {
    ...target,
    ...schema,
    properties: { ...target.properties, ...schema.properties },
    required: [...(target.required ?? []), ...(schema.required ?? [])],
  };
}
