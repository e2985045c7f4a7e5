import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { controllerPid, startController, stopController } from './controller.ts';
import { showHealing, runningTask } from './heal.ts';
import { canHaveLab, labHosts, localHost, localSocket, type DemoHosts } from './hosts.ts';
import { DEMO, DSWARM, LOG, MANIFESTS, NOTES, ROOT, SOCKET } from './paths.ts';
import { attempt, DemoError, demonstrate, lab, must, say, step } from './shell.ts';
import { listServices, watchUntilReady } from './view.ts';

interface Notes {
  kind: DemoHosts['kind'];
  serviceUids: string[];
}

async function up(): Promise<void> {
  const started = performance.now();
  await stopController();
  step(
    canHaveLab()
      ? 'Three Docker hosts, each with its own engine, sshd and address'
      : 'Without root or outside Linux: the local Docker engine as the only host',
  );
  note({ kind: canHaveLab() ? 'lab' : 'local', serviceUids: [] });
  const hosts = canHaveLab() ? labHosts(3) : localHost();

  step('A watched directory: .demo/manifests');
  const expected = fillDirectory(hosts);
  say(`  services from manifests/demo, ${hosts.nodes.length === 1 ? 'one node' : `${hosts.nodes.length} nodes`}`);

  step('The controller');
  // A local engine is somebody's own: nothing stays on it that the demo does not take away.
  const pid = await startController(hosts.kind === 'lab' ? 'auto' : 'off');
  say(`  process ${pid}, log .demo/controller.log`);
  await watchUntilReady(expected, 120_000);
  note({ kind: hosts.kind, serviceUids: uids() });

  step('What there is');
  demonstrate(DSWARM, ['get', 'nodes']);
  demonstrate(DSWARM, ['get', 'services', '-A']);
  demonstrate(DSWARM, ['get', 'tasks', '-A']);

  const service = 'web';
  step('A page from a container');
  demonstrate(DSWARM, ['exec', runningTask(service).metadata.name, '--', '/hello', 'get', 'http://127.0.0.1:8080/']);

  if (hosts.kind === 'lab') {
    step('The same service by its published port on every host, and the network that carries it');
    for (const address of hosts.addresses) demonstrate('curl', ['-sS', '-m', '5', `http://${address}:8080/`]);
    demonstrate(DSWARM, ['net', 'check', '--quiet']);
  }

  step('A container dies');
  await showHealing(hosts, service);
  await watchUntilReady(expected, 60_000);
  demonstrate(DSWARM, ['get', 'tasks']);

  step(`All is ready, ${Math.round((performance.now() - started) / 1000)} s after the start. What to type next:`);
  showNext(hosts);
}

/** Copies the demo's manifests and writes one for each host; returns how many services there will be. */
function fillDirectory(hosts: DemoHosts): number {
  rmSync(MANIFESTS, { recursive: true, force: true });
  mkdirSync(MANIFESTS, { recursive: true });
  cpSync(path.join(ROOT, 'manifests/demo'), MANIFESTS, { recursive: true });
  if (hosts.kind === 'local') withoutPorts(path.join(MANIFESTS, 'web.yaml'));
  writeFileSync(path.join(MANIFESTS, 'nodes.yaml'), hosts.nodes.map((node) => stringify(node)).join('---\n'));
  const text = must('grep', ['-rhoE', '^kind: *Service', MANIFESTS]);
  return text.trim().split('\n').length;
}

/** Ports on every host take a data plane. */
function withoutPorts(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^ {2}ports:\n {4}- .*\n/m, ''));
}

function uids(): string[] {
  return listServices().flatMap(({ metadata }) => (metadata.uid === undefined ? [] : [metadata.uid]));
}

function note(notes: Notes): void {
  mkdirSync(DEMO, { recursive: true });
  writeFileSync(NOTES, JSON.stringify(notes));
}

function showNext(hosts: DemoHosts): void {
  say(`  export DSWARM_SOCKET=${SOCKET}`);
  say('  bin/dswarm scale service/web --replicas 6    # written into .demo/manifests; or edit the file yourself and save it');
  say('  bin/dswarm get tasks -w');
  say('  bin/dswarm logs web --tail 5');
  say('  bin/dswarm describe service/web');
  if (hosts.kind === 'lab') say('  DSWARM_LAB=demo test/lab/lab cut 2           # pull a network cable; mend 2 plugs it in again');
  say('  make demo-down                               # undo all this');
}

async function down(): Promise<void> {
  const notes: Notes = existsSync(NOTES)
    ? (JSON.parse(readFileSync(NOTES, 'utf8')) as Notes)
    : { kind: canHaveLab() ? 'lab' : 'local', serviceUids: [] };
  const known = controllerPid() === undefined ? notes.serviceUids : [...new Set([...notes.serviceUids, ...uids()])];
  await stopController();
  if (notes.kind === 'lab') lab('down');
  else removeContainers(known);
  rmSync(DEMO, { recursive: true, force: true });
  say(`The demo is gone: its controller, its containers${notes.kind === 'lab' ? ', its hosts' : ''} and .demo.`);
}

/** On an engine that has other containers too, only those of the demo's services go. */
function removeContainers(serviceUids: readonly string[]): void {
  const host = ['-H', `unix://${localSocket()}`];
  for (const uid of serviceUids) {
    const ids = attempt('docker', [...host, 'ps', '-aq', '--filter', `label=dswarm/service-uid=${uid}`])
      .stdout.split('\n')
      .filter(Boolean);
    if (ids.length > 0) must('docker', [...host, 'rm', '-f', '-v', ...ids]);
  }
}

try {
  await (process.argv[2] === 'down' ? down() : up());
} catch (error) {
  if (!(error instanceof DemoError)) throw error;
  process.stderr.write(`\ndemo: ${error.message}\n`);
  if (existsSync(LOG)) process.stderr.write("The controller's log is .demo/controller.log; `make demo-down` removes what there is.\n");
  process.exitCode = 1;
}
