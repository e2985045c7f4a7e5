import type { ErrorDefinition } from '../lib/errors/registry.ts';

const AREAS: Record<string, string> = {
  STORE: 'State',
  DOCKER: 'Docker engines',
  HOST: 'Hosts',
  SSH: 'SSH',
  MANIFEST: 'Manifests',
  SOURCE: 'The watched directory',
  API: 'The API',
  CLI: 'The command line',
};

/** DSW_STORE_CONFLICT belongs to STORE. */
const areaOf = (errorCode: string): string => errorCode.split('_')[1] ?? '';

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function heading(area: string): string {
  return AREAS[area] ?? area.charAt(0) + area.slice(1).toLowerCase();
}

function row(errorCode: string, error: ErrorDefinition): string {
  const cells = [`\`${errorCode}\``, error.meaning, error.remedy, `${error.status} ${error.reason}`, error.retry ? 'yes' : 'no'];
  return `| ${cells.map(escapeCell).join(' | ')} |`;
}

/** docs/errors.md, in the registry's order, an area at a time. */
export function renderErrors(registry: Readonly<Record<string, ErrorDefinition>>): string {
  const areas = [...new Set(Object.keys(registry).map(areaOf))];
  const section = (area: string): string[] => [
    `## ${heading(area)}`,
    '',
    '| Code | Meaning | What to do | API status | Retried |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(registry)
      .filter(([errorCode]) => areaOf(errorCode) === area)
      .map(([errorCode, error]) => row(errorCode, error)),
    '',
  ];
  return [
    '<!-- Generated from lib/errors/registry.ts by `make gen`. Do not edit. -->',
    '# Errors',
    '',
    'Every error that dswarm prints ends in its code: `WHERE: MESSAGE [CODE]`, and below it what to do. *Retried* tells whether',
    'the controller tries again by itself, with nothing changed by a person.',
    '',
    ...areas.flatMap(section),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}
