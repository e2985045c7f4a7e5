import { expect } from 'chai';
import { runCli } from './support.ts';

const NOWHERE = '/nonexistent/dswarm.sock';

describe('mistakes on the command line', () => {
  const cases: [string[], number, RegExp][] = [
    [['gett'], 1, /^error: unknown command 'gett'\n\(Did you mean get\?\)\n$/],
    [['get', '--outptu', 'json'], 1, /^error: unknown option '--outptu'\n\(Did you mean --output\?\)\n$/],
    [['get'], 1, /^error: you must name a resource \[DSW_CLI_USAGE\]\n {2}Write KIND/],
    [['get', 'pods'], 1, /^error: there is no resource type "pods" .*\n {2}The kinds are .*services/],
    [['get', 'svc', '-o', 'xml'], 1, /^error: unable to match a printer suitable for the output format "xml"/],
    [['get', 'svc,no', '-w'], 1, /^error: you may watch only one kind/],
    [['scale', 'svc/web'], 1, /^error: required option '--replicas <n>' not specified/],
    [['scale', 'svc/web', '--replicas', '-1'], 1, /^error: --replicas -1 is not a number of tasks/],
    [['scale', 'no/h1', '--replicas', '1'], 1, /^error: nodes cannot be scaled/],
    [['delete', 'svc'], 1, /^error: no name given for services/],
    [['delete', 'svc', 'web', '-f', 'x.yaml'], 1, /^error: name either files or resources/],
    [['apply'], 1, /^error: you must name a file or directory/],
    [['apply', '-f', 'none.yaml'], 1, /^error: the path "none.yaml" does not exist/],
    [['apply', '-f', 'none.yaml', '--dry-run=maybe'], 1, /^error: --dry-run=maybe is unknown/],
    [['diff', '-f', 'none.yaml'], 2, /^error: the path "none.yaml" does not exist/],
    [['diff', '--nothing'], 2, /^error: unknown option '--nothing'/],
    [['diff'], 2, /^error: you must name a file/],
    [['validate'], 1, /^error: you must name a file/],
    [['exec', 'web'], 1, /^error: you must give a command to run/],
    [['logs'], 1, /^error: missing required argument 'name'/],
    [['logs', 'web', '--tail', 'x'], 1, /^error: --tail x is not a number of lines/],
    [['wait', 'svc/web', '--for=ready'], 1, /^error: --for "ready" is nothing to wait for/],
    [['wait', 'svc', '--for=delete'], 1, /^error: name objects, or select them/],
    [['events', '--types', 'bad'], 1, /^error: --types bad is not a type/],
    [['completion', 'csh'], 1, /^error: there is no completion for "csh"/],
    [['explain', 'service.spec.nope'], 1, /^error: field "nope" does not exist in Service.spec .*\n {2}Its fields are mode, replicas/],
    [['controller', '--listen', '127.0.0.1:7070'], 1, /^error: --listen needs --token-file/],
    [['controller', '--listen', 'nowhere'], 1, /^error: --listen nowhere is not HOST:PORT/],
    [
      ['controller', '--admission', 'all'],
      1,
      /^error: option '--admission <policy>' argument 'all' is invalid. Allowed choices are baseline, privileged/,
    ],
    [['controller', '--resync', '0'], 1, /^error: --resync 0 is not a time/],
    [['kubeconfig'], 1, /^error: kubectl cannot use a unix socket/],
    [['kubeconfig', '--server', 'http://127.0.0.1:1'], 1, /^error: there is no token/],
    [['kubeconfig', '--server', 'ftp://x', '--token', 'x'], 1, /^error: --server ftp:\/\/x is not an address/],
    [['node', 'add', 'a b'], 1, /^error: "a b" is not \[USER@\]HOST\[:PORT\]/],
    [['node', 'add', 'h1', '--label', 'zone'], 1, /^error: --label zone is not KEY=VALUE/],
  ];
  for (const [argv, code, message] of cases) {
    it(`dswarm ${argv.join(' ')}: ${String(message)}`, async () => {
      const ran = await runCli(argv, { env: { DSWARM_SOCKET: NOWHERE } });
      expect(ran.err).to.match(message);
      expect(ran).to.deep.include({ code, out: '' });
    });
  }
});

describe('without a controller', () => {
  for (const argv of [['get', 'svc'], ['describe', 'svc/web'], ['events'], ['api-resources'], ['logs', 'web'], ['delete', 'svc/web']]) {
    it(`dswarm ${argv.join(' ')} names the socket and the command that is missing`, async () => {
      expect(await runCli(argv, { env: { DSWARM_SOCKET: NOWHERE } })).to.deep.equal({
        code: 1,
        out: '',
        err: [
          `error: no controller answers on unix socket ${NOWHERE} [DSW_CONTROLLER_NOT_RUNNING]`,
          '  Start it with "dswarm controller --manifests DIR", or name its socket with --socket (or DSWARM_SOCKET).',
          '',
        ].join('\n'),
      });
    });
  }

  it('a TCP address is named as it was given', async () => {
    const ran = await runCli(['get', 'svc', '--server', '127.0.0.1:1']);
    expect(ran.err).to.match(/^error: no controller answers on http:\/\/127\.0\.0\.1:1 \[DSW/);
  });

  it("version prints the client's own version all the same", async () => {
    const ran = await runCli(['version', '--socket', NOWHERE]);
    expect(ran.out).to.match(/^Client Version: v\d+\.\d+\.\d+\n$/);
    expect(ran).to.have.property('code', 1);
    expect(await runCli(['version', '--client'])).to.deep.include({ code: 0, err: '' });
  });
});
