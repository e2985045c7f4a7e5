import { expect } from 'chai';
import { serviceText } from '../support/manifests.ts';
import { World } from './world.ts';

const web = (name: string, port: number, more = ''): string => serviceText(name, `  ports: [{ target: 80, published: ${port} }]\n${more}`);
const network = (name: string, subnet: string): string =>
  `apiVersion: dswarm/v1\nkind: Network\nmetadata: { name: ${name} }\nspec: { subnet: ${subnet} }\n`;

function worldOf(files: Record<string, string>): World {
  const world = new World();
  world.policy = { ...world.policy, dataPlane: true };
  for (const [path, text] of Object.entries(files)) world.files.set(path, text);
  return world;
}

function portOf(world: World, name: string): number | undefined {
  const found = world.stored.get(`Service/default/${name}`);
  return found?.kind === 'Service' ? found.spec.ports?.[0]?.published : undefined;
}

describe('files that ask for the same', () => {
  it('apply in order of their paths: the second is refused, with the first named (conformance C143, invariant 17)', () => {
    const world = worldOf({ 'a.yaml': web('a', 8080), 'b.yaml': `${serviceText('c')}---\n${web('b', 8080)}`, 'd.yaml': web('d', 8081) });
    const plan = world.settle();
    expect(plan.state).to.equal('Degraded');
    expect(plan.errors).to.deep.equal([
      {
        file: 'b.yaml',
        line: 9,
        column: 1,
        code: 'DSW_PORT_IN_USE',
        message:
          "spec.ports[0]: port '8080' is already in use by service 'a' as an ingress port. Publish another port, leave out its number to get a free one, or take it from the other service first.",
      },
    ]);
    expect(world.keys(), 'a file applies whole or not at all').to.deep.equal(['Service/default/a', 'Service/default/d']);
  });

  it('are found beside objects of every other kind', () => {
    const cron =
      'apiVersion: dswarm/v1\nkind: CronJob\nmetadata: { name: tidy }\nspec: { schedule: "0 3 * * *", serviceTemplate: { spec: { image: tidy } } }\n';
    const world = worldOf({ 'cron.yaml': cron, 'a.yaml': web('a', 8080) });
    expect(world.settle().errors).to.deep.equal([]);
    world.files.set('b.yaml', web('b', 8080));
    expect(world.settle().errors.map(({ file, code }) => `${file} ${code}`)).to.deep.equal(['b.yaml DSW_PORT_IN_USE']);
  });

  it('keep their last good version where a change would take what another has', () => {
    const world = worldOf({ 'a.yaml': web('a', 8080), 'b.yaml': web('b', 8081) });
    world.settle();
    world.files.set('a.yaml', web('a', 8081, '  replicas: 5\n'));
    const plan = world.settle();
    expect(plan.errors.map(({ file, code }) => `${file} ${code}`)).to.deep.equal(['a.yaml DSW_PORT_IN_USE']);
    expect(plan.errors[0]?.message).to.contain("by service 'b' (uid-1) as an ingress port");
    expect([portOf(world, 'a'), portOf(world, 'b')]).to.deep.equal([8080, 8081]);
    world.files.delete('b.yaml');
    expect(world.settle().state).to.equal('Ready');
    expect(portOf(world, 'a')).to.equal(8081);
  });

  it('of which one is refused let a third not have what that one keeps', () => {
    const world = worldOf({ 'a.yaml': web('a', 1), 'b.yaml': web('b', 2), 'c.yaml': web('c', 3) });
    world.settle();
    // b keeps 2, as 1 is a's; so c cannot have 2 and keeps 3.
    world.files.set('b.yaml', web('b', 1));
    world.files.set('c.yaml', web('c', 2));
    expect(world.settle().errors.map(({ file }) => file)).to.deep.equal(['b.yaml', 'c.yaml']);
    expect(['a', 'b', 'c'].map((name) => portOf(world, name))).to.deep.equal([1, 2, 3]);
  });

  it('may change places in one step, and a service may change its name', () => {
    const world = worldOf({ 'a.yaml': web('a', 1), 'b.yaml': web('b', 2) });
    world.settle();
    world.files.set('a.yaml', web('a', 2));
    world.files.set('b.yaml', web('b', 1));
    expect(world.settle().state).to.equal('Ready');
    world.files.set('b.yaml', web('renamed', 1));
    expect(world.sync().errors).to.deep.equal([]);
    expect(world.settle().state).to.equal('Ready');
    expect(world.keys()).to.deep.equal(['Service/default/a', 'Service/default/renamed']);
  });

  it('are refused beside what clients have made, and what broken files hold', () => {
    const world = worldOf({ 'a.yaml': web('a', 1), 'b.yaml': web('b', 2) });
    world.settle();
    const made = world.stored.get('Service/default/b');
    if (made === undefined) throw new Error('not stored');
    world.files.delete('b.yaml');
    world.stored.set('Service/default/b', { ...made, metadata: { ...made.metadata, annotations: {} } });
    world.files.set('a.yaml', 'kind: [');
    world.files.set('c.yaml', web('c', 1));
    world.files.set('d.yaml', web('d', 2));
    const plan = world.settle();
    expect(plan.errors.map(({ file, code }) => `${file} ${code}`)).to.deep.equal([
      'a.yaml DSW_MANIFEST_SYNTAX',
      'c.yaml DSW_PORT_IN_USE',
      'd.yaml DSW_PORT_IN_USE',
    ]);
  });

  it('are refused by subnet, too (fault 79)', () => {
    const world = worldOf({ 'a.yaml': network('a', '10.60.0.0/16'), 'b.yaml': network('b', '10.60.0.0/15') });
    const plan = world.settle();
    expect(plan.errors.map(({ file, code }) => `${file} ${code}`)).to.deep.equal(['b.yaml DSW_NETWORK_OVERLAP']);
    expect(plan.errors[0]?.message).to.contain('spec.subnet: 10.60.0.0/15 overlaps 10.60.0.0/16 of network default/a.');
  });
});
