import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { parseFormat } from '../output.ts';
import { parseResources, usage } from '../resources.ts';
import { addClientOptions, openSession } from '../session.ts';
import { getObjects, getTables } from '../listing.ts';
import type { ListingOptions } from '../listing-options.ts';
import { watchObjects, watchTable } from '../watching.ts';

interface GetOptions {
  output?: string;
  watch?: boolean;
  selector?: string;
  fieldSelector?: string;
  headers: boolean;
  showLabels?: boolean;
  ignoreNotFound?: boolean;
  history?: boolean;
}

export function define(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('KIND[,KIND] [NAME...] | KIND/NAME... | all [flags]')
    .argument('[resource...]')
    .option('-A, --all-namespaces', 'list the objects of all namespaces')
    .option('-o, --output <format>', 'wide, json, yaml or name')
    .option('-w, --watch', 'go on and print changes')
    .option('-l, --selector <selector>', 'label selector: a=b, a!=b, a in (b,c), a, !a')
    .option('--field-selector <selector>', 'spec.mode=global, spec.node=h1, status.state!=Ready, metadata.name=web')
    .option('--no-headers', 'print no header')
    .option('--show-labels', 'print labels as the last column')
    .option('--ignore-not-found', 'succeed if a named object does not exist')
    .option('--history', 'list tasks that ended or were replaced, too')
    .addHelpText(
      'after',
      `
Examples:
  dswarm get services                  # all services of the namespace
  dswarm get svc,no -A -o wide         # services and nodes, of all namespaces, with more columns
  dswarm get service/web -o yaml       # one object in full
  dswarm get tasks -l dswarm/service=web -w`,
    )
    .action(async (words: string[], options: GetOptions, self: Command) => {
      const session = openSession(self, io);
      const selections = parseResources(words);
      const format = parseFormat(options.output);
      const listing: ListingOptions = {
        wide: format === 'wide',
        headers: options.headers,
        showLabels: options.showLabels === true,
        selector: options.selector,
        fieldSelector: options.fieldSelector,
        ignoreNotFound: options.ignoreNotFound === true,
        history: options.history === true,
      };
      const asTable = format === 'table' || format === 'wide';
      if (options.watch !== true) {
        await (asTable ? getTables(session, selections, listing) : getObjects(session, selections, { ...listing, format }));
        return;
      }
      const [selection, ...others] = selections;
      if (selection === undefined || others.length > 0 || selection.names.length > 1) {
        throw usage('you may watch only one kind, and all or one of its objects', 'Leave out -w, or name one kind.');
      }
      await (asTable ? watchTable(session, selection, listing) : watchObjects(session, selection, { ...listing, format }));
    });
}
