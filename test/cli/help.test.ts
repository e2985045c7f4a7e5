import { expect } from 'chai';
import { CATALOG } from '../../lib/cli/catalog.ts';
import { runCli } from './support.ts';

const HELP = `Usage: dswarm COMMAND [flags]

Runs containers on plain Docker hosts as manifests say, and keeps them running.

Basic commands:
  apply           Create or change objects from manifests
  get             List objects
  describe        Show an object with its conditions, tasks and events
  scale           Set the number of replicas
  rollout         Follow a rollout, hold it, repeat it, or go back
  delete          Delete objects and their containers
  diff            Show what apply would change, and the steps on which nodes
  validate        Check manifests; needs no controller

Looking into it:
  ps              List the tasks of services, and those before them
  logs            Print the output of a service or a task
  exec            Run a command in a container
  events          List events
  wait            Wait for a condition
  explain         Show the fields of a kind; needs no controller

Nodes and sources:
  node|nodes      Add, list and remove nodes
  drain           Move the tasks of nodes to others
  cordon          Give nodes no new tasks
  uncordon        Give nodes tasks again
  promote         Make nodes managers
  demote          Make nodes workers
  net             Try out the data plane
  source|sources  Confirm deletions that a source holds back

Controller:
  controller      Run the controller
  kubeconfig      Print a kubeconfig for the controller's TCP listener

Other commands:
  api-resources   List the kinds that the controller serves
  completion      Print a completion script for bash, zsh or fish
  version         Print the versions of client and controller

Examples:
  # Run the controller on a directory of manifests
  dswarm controller --manifests ./manifests

  # Add a Docker host: fetches its host key, checks the host, writes its manifest
  dswarm node add root@192.0.2.11 --name h1

  # See what a change would do, and do it
  dswarm diff -f web.yaml
  dswarm apply -f web.yaml

  # See what runs
  dswarm get nodes,services
  dswarm ps
  dswarm logs web -f

Use "dswarm COMMAND --help" for more about a command.
`;

describe('help', () => {
  for (const argv of [[], ['--help'], ['-h'], ['help']]) {
    it(`of ${JSON.stringify(argv)} lists the commands by group, with examples`, async () => {
      expect(await runCli(argv)).to.deep.equal({ code: 0, out: HELP, err: '' });
    });
  }

  it('lists every command that is not hidden', () => {
    for (const entry of CATALOG)
      expect(HELP.includes(`\n  ${[entry.name, ...(entry.aliases ?? [])].join('|')} `), entry.name).to.equal(entry.hidden !== true);
  });

  for (const entry of CATALOG.filter(({ hidden }) => hidden !== true)) {
    it(`of ${entry.name} is complete, and the same by both ways to ask`, async () => {
      const ran = await runCli([entry.name, '--help']);
      expect(ran).to.deep.include({ code: 0, err: '' });
      expect(ran.out).to.match(new RegExp(`^Usage: dswarm ${entry.name}\\S* .*\\n\\n${entry.summary.replace(/[.*+?()]/g, '\\$&')}\\n`));
      expect(await runCli(['help', entry.name])).to.deep.equal(ran);
    });
  }

  it('of a command shows its own flags first, then the global ones', async () => {
    const { out } = await runCli(['get', '--help']);
    expect(out.indexOf('\nFlags:')).to.be.greaterThan(0).and.lessThan(out.indexOf('\nGlobal flags:'));
    expect(out).to.include('-n, --namespace <name>');
  });
});
