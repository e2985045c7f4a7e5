import { isObject, localized, refName, textOf, titleOf, type Json, type Schemas } from './schema.ts';

interface Field {
  path: string;
  schema: Json;
  required: boolean;
}

/** Shared shapes that have a word of their own, explained once below all fields. */
const FORMATS: Readonly<Record<string, string>> = {
  Name: 'name',
  LabelValue: 'label value',
  Duration: 'duration',
  Size: 'size',
  Cpus: 'cpus',
};

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (value: unknown): string => `\`${textOf(value)}\``;

/** A schema with its `$ref` followed; what stands beside the reference wins. */
function resolve(schema: Json, common: Json): Json {
  const ref = schema['$ref'];
  if (typeof ref !== 'string') return schema;
  const target = common[refName(ref)];
  return isObject(target) ? { ...target, ...schema } : schema;
}

function bounds(schema: Json): string {
  const { minimum, maximum } = schema;
  if (minimum !== undefined && maximum !== undefined) return `, ${textOf(minimum)} to ${textOf(maximum)}`;
  if (minimum !== undefined) return `, at least ${textOf(minimum)}`;
  return maximum === undefined ? '' : `, at most ${textOf(maximum)}`;
}

/** The type in words: `list of string`, `integer, 0 to 100000`, `replicated, global`. */
function typeName(schema: Json, common: Json): string {
  const ref = schema['$ref'];
  const format = typeof ref === 'string' ? FORMATS[refName(ref)] : undefined;
  if (format !== undefined) return format;
  const whole = resolve(schema, common);
  if (Array.isArray(whole['enum'])) return whole['enum'].map(code).join(', ');
  if ('const' in whole) return code(whole['const']);
  if (Array.isArray(whole['anyOf'])) return [...new Set((whole['anyOf'] as Json[]).map((form) => typeName(form, common)))].join(' or ');
  if (isObject(whole['items'])) return `list of ${typeName(whole['items'], common)}`;
  if (isObject(whole['additionalProperties']) && !isObject(whole['properties']))
    return `map to ${typeName(whole['additionalProperties'], common)}`;
  const type = whole['type'];
  return Array.isArray(type) ? type.join(' or ') : `${typeof type === 'string' ? type : 'any'}${bounds(whole)}`;
}

/** Shared shapes that have a page of their own. */
const ELSEWHERE: ReadonlySet<string> = new Set(['ServiceSpec']);

/** What lies under a field: its own properties, or those of its items, its values or its long form. */
function inside(schema: Json, path: string, common: Json): { schema: Json; path: string } | undefined {
  const whole = resolve(schema, common);
  if (isObject(whole['properties'])) return { schema: whole, path };
  if (isObject(whole['items'])) return inside(whole['items'], `${path}[]`, common);
  if (Array.isArray(whole['anyOf'])) {
    const long = (whole['anyOf'] as Json[]).find((form) => isObject(resolve(form, common)['properties']));
    return long === undefined ? undefined : inside(long, path, common);
  }
  return isObject(whole['additionalProperties']) ? inside(whole['additionalProperties'], `${path}.*`, common) : undefined;
}

function fieldsOf(schema: Json, path: string, common: Json): Field[] {
  const properties = schema['properties'] as Json;
  const required = new Set((schema['required'] as string[] | undefined) ?? []);
  return Object.entries(properties).flatMap(([name, value]) => {
    const field: Field = { path: path === '' ? name : `${path}.${name}`, schema: value as Json, required: required.has(name) };
    const ref = field.schema['$ref'];
    const below = typeof ref === 'string' && ELSEWHERE.has(refName(ref)) ? undefined : inside(field.schema, field.path, common);
    return [field, ...(below === undefined ? [] : fieldsOf(below.schema, below.path, common))];
  });
}

function defaultOf(field: Field, common: Json): string {
  if (field.required) return 'required';
  const value = resolve(field.schema, common)['default'];
  return value === undefined ? '' : code(value);
}

function row(field: Field, common: Json): string {
  const description = resolve(field.schema, common)['description'];
  const cells = [
    code(field.path),
    typeName(field.schema, common),
    defaultOf(field, common),
    typeof description === 'string' ? description : '',
  ];
  return `| ${cells.map(escapeCell).join(' | ')} |`;
}

function table(title: string, schema: unknown, common: Json): string[] {
  if (!isObject(schema)) return [];
  const whole = resolve(schema, common);
  if (!isObject(whole['properties'])) return [];
  const head = [`## ${title}`, '', textOf(whole['description']), '', '| Field | Type | Default | Meaning |', '| --- | --- | --- | --- |'];
  return [...head, ...fieldsOf(whole, title, common).map((field) => row(field, common)), ''];
}

function columns(info: Json): string[] {
  const list = (info['columns'] as Json[] | undefined) ?? [];
  const name = (column: Json): string => textOf(column['name']).toUpperCase() + (column['priority'] === 1 ? ' (with `-o wide`)' : '');
  return ['## Columns', '', `\`dswarm get ${textOf(info['plural'])}\` shows: ${list.map(name).join(', ')}.`, ''];
}

function names(kind: Json, info: Json): string {
  const short = ((info['shortNames'] as string[] | undefined) ?? []).map(code).join(', ');
  const scope = info['scope'] === 'Namespaced' ? 'It lives in a namespace.' : 'It belongs to the whole cluster.';
  const access = info['readOnly'] === true ? ' Made by the controller; read-only for users.' : '';
  return `\`apiVersion: dswarm/v1\`, \`kind: ${titleOf(kind)}\`; also ${code(info['plural'])}, ${code(info['singular'])}, ${short}. ${scope}${access}`;
}

function formats(common: Json): string[] {
  const lines = Object.entries(FORMATS).map(([name, word]) => `- **${word}**: ${textOf((common[name] as Json)['description'])}`);
  return ['## Formats', '', ...lines, ''];
}

/** docs/spec/<kind>.md: every field in the schema's order, below an example. */
export function renderSpec(kind: Json, common: Json, example: string): string {
  const info = kind['x-dswarm'] as Json;
  const properties = kind['properties'] as Json;
  const envelope = ['apiVersion', 'kind', 'metadata'];
  const sections = Object.entries(properties).filter(
    ([name, schema]) => !envelope.includes(name) && inside(schema as Json, name, common) !== undefined,
  );
  const plain = Object.fromEntries(
    Object.entries(properties).filter(([name]) => !envelope.includes(name) && !sections.some(([section]) => section === name)),
  );
  const top = { description: 'Beside the sections below.', properties: plain, required: kind['required'] };
  return [
    '<!-- Generated from schemas/ and docs/examples/ by `make gen`. Do not edit. -->',
    `# ${titleOf(kind)}`,
    '',
    textOf(kind['description']),
    '',
    names(kind, info),
    '',
    '```yaml',
    example.trimEnd(),
    '```',
    '',
    ...table('metadata', properties['metadata'], common),
    ...(Object.keys(plain).length === 0 ? [] : table('Other fields', top, common).map((line) => line.replace('`Other fields.', '`'))),
    ...sections.flatMap(([name, schema]) => table(name, schema, common)),
    ...columns(info),
    ...formats(common),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

/** docs/editor.schema.json: one document for editors (yaml-language-server), which pick the kind by `kind`. */
export function renderEditorSchema(schemas: Schemas): string {
  const writable = schemas.kinds.filter((kind) => (kind['x-dswarm'] as Json)['readOnly'] !== true);
  const choose = writable.map((kind) => ({
    if: { properties: { kind: { const: kind['title'] } }, required: ['kind'] },
    then: { $ref: `#/$defs/${titleOf(kind)}` },
  }));
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'dswarm manifest',
    description: 'Generated from schemas/ by `make gen`. Do not edit.',
    type: 'object',
    required: ['apiVersion', 'kind'],
    properties: { kind: { enum: writable.map((kind) => kind['title']) } },
    allOf: choose,
    $defs: { ...(localized(schemas.common) as Json), ...Object.fromEntries(writable.map((kind) => [titleOf(kind), localized(kind)])) },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
