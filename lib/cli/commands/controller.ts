import path from 'node:path';
import { Option, type Command } from 'commander';
import type { ControllerOptions } from '../../../controllers/options.ts';
import { defaultSocket } from '../../client/address.ts';
import type { Io } from '../io.ts';
import { usage } from '../resources.ts';

interface Flags {
  manifests?: string;
  state?: string;
  socket?: string;
  listen?: string;
  tokenFile?: string;
  admission: 'baseline' | 'privileged';
  allowBind: string[];
  dataPlane: 'auto' | 'off';
  logLevel: string;
  resync: number;
  taskHistoryLimit: number;
}

export function define(command: Command, io: Io): void {
  command
    .usage('[--manifests DIR] [flags]')
    .option('--manifests <dir>', 'directory of manifests to watch; absent: objects come through the API only')
    .option('--state <dir>', `directory of the store (default: ${defaultState(io)})`)
    .option('--socket <path>', `unix socket of the API (default: ${defaultSocket(io)})`)
    .option('--listen <host:port>', 'serve the API on this TCP address as well, such as 127.0.0.1:7070; needs --token-file')
    .option('--token-file <file>', 'file that holds the token for --listen; made if it does not exist')
    .addOption(
      new Option('--admission <policy>', 'what services may ask of a host').choices(['baseline', 'privileged']).default('baseline'),
    )
    .addOption(new Option('--allow-bind <prefix...>', 'path prefixes of the hosts that services may bind-mount').default([], 'none'))
    .addOption(
      new Option('--data-plane <mode>', 'networks over all hosts, names and published ports; auto: where the image of it was built')
        .choices(['auto', 'off'])
        .default('auto'),
    )
    .addOption(
      new Option('--log-level <level>', 'least level that is logged').choices(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
    )
    .option('--resync <seconds>', 'seconds between full checks of all objects', parseSeconds, 30)
    .option('--task-history-limit <n>', 'tasks that each slot remembers, the running one included; negative: all', parseLimit, 5)
    .addHelpText(
      'after',
      '\nExamples:\n  dswarm controller --manifests ./manifests\n  dswarm controller --manifests ./manifests --state ./state --socket ./dswarm.sock',
    )
    .action(async (flags: Flags, self: Command) => {
      const options = toOptions({ ...self.parent?.opts<Flags>(), ...flags }, io);
      const { runController } = await import('../run-controller.ts');
      await runController(options);
    });
}

/** /var/lib for root, else the user's own state directory (XDG base directory specification). */
export function defaultState(io: Io): string {
  if (io.uid === 0) return '/var/lib/dswarm';
  return path.join(io.env.XDG_STATE_HOME ?? path.join(io.env.HOME ?? '.', '.local/state'), 'dswarm');
}

export function toOptions(flags: Flags, io: Io): ControllerOptions {
  if (flags.listen !== undefined) checkListen(flags.listen, flags.tokenFile);
  const absolute = (file: string): string => path.resolve(io.cwd, file);
  return {
    ...(flags.manifests === undefined ? {} : { manifests: absolute(flags.manifests) }),
    state: absolute(flags.state ?? defaultState(io)),
    socket: absolute(flags.socket ?? defaultSocket(io)),
    ...(flags.listen === undefined ? {} : { listen: flags.listen }),
    ...(flags.tokenFile === undefined ? {} : { tokenFile: absolute(flags.tokenFile) }),
    admission: flags.admission,
    allowBind: flags.allowBind,
    dataPlane: flags.dataPlane,
    logLevel: flags.logLevel,
    resyncSeconds: flags.resync,
    taskHistoryLimit: flags.taskHistoryLimit,
  };
}

function checkListen(listen: string, tokenFile: string | undefined): void {
  if (!/^(\S+|\[[0-9a-f:]+\]):\d{1,5}$/i.test(listen)) throw usage(`--listen ${listen} is not HOST:PORT`, 'Write it as 127.0.0.1:7070.');
  if (tokenFile === undefined) throw usage('--listen needs --token-file', 'Name a file for the token that clients must send.');
}

function parseSeconds(text: string): number {
  const seconds = Number(text.replace(/s$/, ''));
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw usage(`--resync ${text} is not a time`, 'Give seconds, more than 0.');
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isSafeInteger(limit)) return limit;
  throw usage(`--task-history-limit ${text} is not a whole number`, 'Give how many tasks each slot remembers; -1 keeps all.');
}
