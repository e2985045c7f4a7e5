import { findUnknownPlaceholders, TEMPLATE_HINT } from '../plan/templates.ts';
import type { ServiceSpec } from '../types/generated.ts';
import type { Path } from './parse.ts';
import { invalid, show, type Problem } from './problem.ts';

/** Placeholders that nobody can fill in, in the fields where they are filled in. */
export function checkTemplates(spec: ServiceSpec): Problem[] {
  const texts: [Path, string | undefined][] = [
    [['hostname'], spec.hostname],
    ...Object.entries(spec.env ?? {}).map(([name, value]): [Path, string] => [['env', name], value]),
    ...(spec.volumes ?? []).flatMap((mount, index): [Path, string | undefined][] => [
      [['volumes', index, 'source'], mount.source],
      [['volumes', index, 'target'], mount.target],
    ]),
  ];
  return texts.flatMap(([path, text]) =>
    findUnknownPlaceholders(text ?? '').map((unknown) =>
      invalid(['spec', ...path], `${show(unknown)} is not a placeholder`, TEMPLATE_HINT),
    ),
  );
}
