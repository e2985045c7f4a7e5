import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addNode, DEFAULT_DOCKER_SOCKET, type AddFlags } from '../node-add.ts';
import { getTables } from '../listing.ts';
import { CORDON, defineNodeChange, DEMOTE, PROMOTE, UNCORDON } from '../node-change.ts';
import { definePs } from '../node-ps.ts';
import { defineRemove } from '../node-rm.ts';
import { parseResources, usage } from '../resources.ts';
import { addClientOptions, openSession } from '../session.ts';
import { define as defineDrain } from './drain.ts';

export function define(command: Command, io: Io): void {
  command.usage('add|ls|ps|drain|cordon|uncordon|promote|demote|rm [flags]').helpCommand(false);
  defineAdd(command.command('add').description('Add a Docker host'), io);
  addClientOptions(command.command('ls').aliases(['list']).description('List nodes, as "dswarm get nodes" does'))
    .option('-o, --output <format>', 'wide')
    .action(async (flags: { output?: string }, self: Command) => {
      const listing = {
        wide: flags.output === 'wide',
        headers: true,
        showLabels: false,
        selector: undefined,
        fieldSelector: undefined,
        ignoreNotFound: false,
        history: false,
      };
      await getTables(openSession(self, io), parseResources(['nodes']), listing);
    });
  definePs(command.command('ps').description('List the tasks on nodes, and those before them'), io);
  defineDrain(command.command('drain').description('Move the tasks of nodes to others'), io);
  defineNodeChange(command.command('cordon').description('Give nodes no new tasks'), io, { change: CORDON, help: '' });
  defineNodeChange(command.command('uncordon').description('Give nodes tasks again'), io, { change: UNCORDON, help: '' });
  defineNodeChange(command.command('promote').description('Make nodes managers'), io, { change: PROMOTE, help: '' });
  defineNodeChange(command.command('demote').description('Make nodes workers'), io, { change: DEMOTE, help: '' });
  defineRemove(command.command('rm').alias('remove').description('Forget nodes; what runs there goes on by itself'), io);
}

function defineAdd(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('[USER@]HOST[:PORT] [flags]')
    .argument('<host>', 'where its sshd listens')
    .option('--name <name>', "the node's name (default: made from HOST)")
    .option('--docker-socket <path>', "the engine's socket on the host", DEFAULT_DOCKER_SOCKET)
    .option('--identity-file <file>', 'private key to log in with (default: ssh-agent, then the usual files)')
    .option('--label <key=value>', 'label of the node; repeatable', addLabel, {})
    .option('--host-key <key>', 'the host key as its .pub file has it: it must be the one that the host shows')
    .option('-y, --yes', 'do not ask; needs --host-key')
    .addHelpText(
      'after',
      `
Fetches the host key and asks whether its fingerprint is right, checks that Docker can be used there, and writes the node's
manifest into the directory that the controller watches.

Examples:
  dswarm node add root@192.0.2.11 --name h1 --label zone=a
  dswarm node add 192.0.2.12 --yes --host-key "ssh-ed25519 AAAA..."`,
    )
    .action(async (host: string, flags: AddFlags, self: Command) => {
      await addNode(openSession(self, io), host, flags);
    });
}

function addLabel(text: string, labels: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at <= 0) throw usage(`--label ${text} is not KEY=VALUE`, 'Write it as zone=a.');
  return { ...labels, [text.slice(0, at)]: text.slice(at + 1) };
}
