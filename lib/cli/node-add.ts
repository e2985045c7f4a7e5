import path from 'node:path';
import { DswarmError } from '../errors/error.ts';
import type { Node, NodeSpec } from '../types/generated.ts';
import { API_VERSION, type JsonObject } from '../types/objects.ts';
import { painter } from './colour.ts';
import { printFailure } from './failure.ts';
import { Exit, printLine, printNote } from './io.ts';
import { confirm } from './prompt.ts';
import { usage } from './resources.ts';
import type { Session } from './session.ts';

export interface AddFlags {
  name?: string;
  dockerSocket: string;
  identityFile?: string;
  label: Record<string, string>;
  hostKey?: string;
  yes?: boolean;
}

export const DEFAULT_DOCKER_SOCKET = '/var/run/docker.sock';

/** A Node as a person would write it. */
export interface NodeManifest {
  apiVersion: typeof API_VERSION;
  kind: 'Node';
  metadata: { name: string; labels?: Record<string, string> };
  spec: { ssh: { host: string; port?: number; user?: string; identityFile?: string; hostKey: string }; docker?: { socket: string } };
}

/** Of `engine version`, the longest name. */
const CHECK_WIDTH = 14;

export interface SshAddress {
  user: string | undefined;
  host: string;
  port: number;
}

/** Reads `[user@]host[:port]`; an IPv6 address with a port stands in brackets. */
export function parseSshAddress(text: string): SshAddress {
  const match =
    /^(?:(?<user>[^@\s]+)@)?(?:\[(?<bracketed>[0-9a-fA-F:.]+)\]|(?<bare>[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F.]*)|(?<host>[^\s@:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(
      text,
    );
  const { user, bracketed, bare, host, port } = match?.groups ?? {};
  const name = bracketed ?? bare ?? host;
  const number = Number(port ?? 22);
  if (name === undefined || name.startsWith('-') || number < 1 || number > 65535) {
    throw usage(`${JSON.stringify(text)} is not [USER@]HOST[:PORT]`, 'Write it as root@192.0.2.11 or root@[2001:db8::1]:22.');
  }
  return { user, host: name, port: number };
}

/** A DNS label made from a host: its first label, or an address with dashes. */
export function nodeNameFrom(host: string): string {
  const isAddress = /^[0-9.]+$/.test(host) || host.includes(':');
  const base = isAddress ? `node-${host}` : (host.split('.')[0] ?? host);
  return base
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63);
}

export async function addNode(session: Session, target: string, flags: AddFlags): Promise<void> {
  const address = parseSshAddress(target);
  const name = flags.name ?? nodeNameFrom(address.host);
  await refuseTaken(session, name);
  const hostKey = await agreeOnHostKey(session, address, flags);
  const node = toNode({ name, address, hostKey, flags, cwd: session.io.cwd });
  const { spec } = await admitNode(session, node);
  await checkHost(session, name, spec);
  await session.client.create(node, { into: 'directory' });
  printLine(session.io, `node/${name} created`);
}

async function refuseTaken(session: Session, name: string): Promise<void> {
  const { items } = await session.client.list('Node');
  if (items.some((node) => node.metadata.name === name))
    throw usage(`there is a node ${JSON.stringify(name)} already`, 'Choose another name with --name.');
}

/** Fills in the defaults, and refuses what the controller would: a name that is no DNS label, say. */
async function admitNode(session: Session, node: NodeManifest): Promise<Node> {
  const { admit } = await import('../manifest/admit.ts');
  const admission = admit({ value: node as unknown as JsonObject }, { policy: { level: 'baseline', allowedBindPrefixes: [] } });
  if (admission.object?.kind === 'Node') return admission.object;
  for (const error of admission.errors ?? []) printFailure(session.io, error);
  throw new Exit(1);
}

/** Tries all that the controller needs of the host, and tells each check as kubeadm does. */
async function checkHost(session: Session, name: string, spec: NodeSpec): Promise<void> {
  const { io } = session;
  const [{ preflight }, { systemClock }] = await Promise.all([import('../io/preflight.ts'), import('../io/clock.ts')]);
  const report = await preflight({ node: name, spec }, { clock: systemClock, home: io.env.HOME ?? '/', env: io.env });
  const paint = painter(io);
  for (const check of report.checks) {
    const [sign, text] = check.ok ? [paint('green', 'ok  '), check.detail] : [paint('red', 'FAIL'), ''];
    printLine(io, `${sign}  ${check.name.padEnd(CHECK_WIDTH)}  ${text}`.trimEnd());
    if (!check.ok) printFailure(io, check.error);
  }
  if (report.ok) return;
  printNote(io, 'no node added');
  throw new Exit(1);
}

/** The key that the user vouches for: the one given, or the one whose fingerprint is confirmed. */
async function agreeOnHostKey(session: Session, address: SshAddress, flags: AddFlags): Promise<string> {
  const { io } = session;
  if (flags.hostKey === undefined && (flags.yes === true || io.stdin.isTTY !== true)) {
    throw new DswarmError('DSW_CLI_CONFIRM', 'cannot ask whether the host key is right', {
      hint: 'Give it with --host-key "TYPE BASE64" (the host has it in /etc/ssh/ssh_host_ed25519_key.pub), and --yes.',
    });
  }
  const { scanHostKey } = await import('../io/ssh/scan.ts');
  const shown = await scanHostKey({ host: address.host, port: address.port });
  const best = shown[0];
  if (best === undefined) throw new DswarmError('DSW_HOST_UNREACHABLE', `${address.host} shows no host key`, { where: address.host });
  if (flags.hostKey !== undefined) return matchGiven(flags.hostKey, shown, address);
  printLine(io, `The host key of ${address.host} port ${address.port} (${best.type}) has the fingerprint`);
  printLine(io, `  ${painter(io)('bold', best.fingerprint)}`);
  printLine(io, 'Compare it with what "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" prints on the host itself.');
  if (await confirm(io, { text: 'Is it the same?', yes: false, hint: '' })) return `${best.type} ${best.base64}`;
  printNote(io, 'no node added');
  throw new Exit(1);
}

interface ShownKey {
  type: string;
  base64: string;
  fingerprint: string;
}

async function matchGiven(text: string, shown: readonly ShownKey[], address: SshAddress): Promise<string> {
  const { parseHostKey, fingerprint } = await import('../io/ssh/host-key.ts');
  const given = parseHostKey(text, '--host-key');
  if (shown.some((key) => key.type === given.type && key.base64 === given.base64)) return `${given.type} ${given.base64}`;
  throw new DswarmError('DSW_SSH_HOST_KEY_CHANGED', `${address.host} shows another host key than the one given`, {
    where: address.host,
    expected: `${given.type} ${fingerprint(given.base64)}`,
    found: shown.map((key) => `${key.type} ${key.fingerprint}`).join(', '),
  });
}

interface NodeParts {
  name: string;
  address: SshAddress;
  hostKey: string;
  flags: AddFlags;
  cwd: string;
}

/** Without what has a default: the manifest is to be read by people. */
export function toNode({ name, address, hostKey, flags, cwd }: NodeParts): NodeManifest {
  const { user, host, port } = address;
  return {
    apiVersion: API_VERSION,
    kind: 'Node',
    metadata: { name, ...(Object.keys(flags.label).length === 0 ? {} : { labels: flags.label }) },
    spec: {
      ssh: {
        host,
        ...(port === 22 ? {} : { port }),
        ...(user === undefined ? {} : { user }),
        ...(flags.identityFile === undefined ? {} : { identityFile: absoluteKey(flags.identityFile, cwd) }),
        hostKey,
      },
      ...(flags.dockerSocket === DEFAULT_DOCKER_SOCKET ? {} : { docker: { socket: flags.dockerSocket } }),
    },
  };
}

/** The controller runs elsewhere; ~ stays, it stands for the controller's own home. */
function absoluteKey(file: string, cwd: string): string {
  return file.startsWith('~') ? file : path.resolve(cwd, file);
}
