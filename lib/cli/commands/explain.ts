import type { Command } from 'commander';
import { SCHEMAS } from '../../manifest/kinds.ts';
import { printLine, type Io } from '../io.ts';
import { explainPath } from '../schema-text.ts';
import { kindCalled, usage } from '../resources.ts';

export function define(command: Command, io: Io): void {
  command
    .usage('KIND[.FIELD...]')
    .argument('[path]')
    .addHelpText('after', '\nExamples:\n  dswarm explain service\n  dswarm explain service.spec.update')
    .action((path: string | undefined) => {
      if (path === undefined) throw usage('you must name a kind', 'Write KIND, or KIND.FIELD such as service.spec.update.');
      const [kind = '', ...fields] = path.split('.');
      const info = kindCalled(kind);
      for (const line of explainPath({ kind: info.kind, schema: SCHEMAS[info.kind], fields })) printLine(io, line);
    });
}
