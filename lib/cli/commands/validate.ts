import { Option, type Command } from 'commander';
import type { Policy } from '../../manifest/policy.ts';
import { Exit, printLine, printNote, type Io } from '../io.ts';
import { addFileOptions, append, checkManifests, type FileOptions } from '../manifests.ts';
import { usage } from '../resources.ts';

interface ValidateOptions extends FileOptions {
  admission: Policy['level'];
  allowBind: string[];
  dataPlane: 'auto' | 'off';
}

export function define(command: Command, io: Io): void {
  addFileOptions(command)
    .usage('FILE|DIR|-... [flags]')
    .argument('[file...]', 'files and directories of manifests; - reads standard input')
    .addOption(new Option('--admission <policy>', 'the policy of the controller').choices(['baseline', 'privileged']).default('baseline'))
    .addOption(
      new Option('--allow-bind <prefix>', 'path prefixes that the controller lets services bind-mount; repeatable')
        .argParser(append)
        .default([], 'none'),
    )
    .addOption(new Option('--data-plane <how>', 'off: the controller runs without its data plane').choices(['auto', 'off']).default('auto'))
    .action(async (files: string[], options: ValidateOptions) => {
      const filename = [...files, ...options.filename];
      if (filename.length === 0) throw usage('you must name a file or directory', 'Write dswarm validate FILE.');
      // Here a directory is what a controller would watch: with all below it.
      const { admission: level, allowBind, dataPlane } = options;
      const policy: Policy = { level, allowedBindPrefixes: allowBind, dataPlane: dataPlane !== 'off' };
      const { errors, files: read, manifests } = await checkManifests(io, { filename, recursive: true }, policy);
      for (const error of errors) printNote(io, error.text);
      if (errors.length > 0) throw new Exit(1);
      printLine(io, `${count(manifests.length, 'object')} in ${count(read, 'file')} valid`);
    });
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
