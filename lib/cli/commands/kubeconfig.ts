import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { chooseAddress } from '../../client/address.ts';
import { printLine, type Io } from '../io.ts';
import { usage } from '../resources.ts';
import { addClientOptions, DEFAULT_NAMESPACE, type ClientOptions } from '../session.ts';

interface Flags extends ClientOptions {
  tokenFile?: string;
  write?: string;
}

const NAME = 'dswarm';

export function define(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('--server http://HOST:PORT --token-file FILE [flags]')
    .option('--token-file <file>', "the controller's --token-file")
    .option('--write <file>', 'write to this file (0600) instead of standard output')
    .addHelpText(
      'after',
      `
kubectl speaks TCP only: start the controller with --listen and --token-file.

Examples:
  dswarm kubeconfig --server http://127.0.0.1:7070 --token-file ./token --write ./kubeconfig
  KUBECONFIG=./kubeconfig kubectl get services`,
    )
    .action(async (_: Flags, self: Command) => {
      const flags = self.optsWithGlobals<Flags>();
      const token = flags.tokenFile === undefined ? flags.token : readToken(io, flags.tokenFile);
      const address = chooseAddress({ server: flags.server, token }, io);
      if (address.type === 'socket') {
        throw usage(
          'kubectl cannot use a unix socket',
          'Start the controller with --listen and --token-file, and name that address with --server.',
        );
      }
      if (address.token === undefined)
        throw usage('there is no token', 'Name the token file with --token-file, or the token with --token.');
      const { renderKubeconfig } = await import('../../api/kubeconfig.ts');
      const text = renderKubeconfig({
        server: address.url.href,
        token: address.token,
        name: NAME,
        namespace: flags.namespace ?? DEFAULT_NAMESPACE,
      });
      if (flags.write === undefined) io.stdout.write(text);
      else writeKubeconfig(io, flags.write, text);
    });
}

function readToken(io: Io, file: string): string {
  const target = path.resolve(io.cwd, file);
  if (!existsSync(target)) throw usage(`there is no token file ${file}`, 'Name the file that the controller was started with.');
  return readFileSync(target, 'utf8').trim();
}

/** Never over a kubeconfig of another cluster. */
function writeKubeconfig(io: Io, file: string, text: string): void {
  const target = path.resolve(io.cwd, file);
  if (existsSync(target) && !readFileSync(target, 'utf8').includes(`current-context: ${NAME}\n`)) {
    throw usage(
      `${file} exists and is not one that this command wrote`,
      'Name another file; KUBECONFIG takes several, separated by colons.',
    );
  }
  writeFileSync(target, text, { mode: 0o600 });
  printLine(io, `${file} written; use it with: export KUBECONFIG=${target}`);
}
