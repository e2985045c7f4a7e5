import { expect } from 'chai';
import { parseTimeout } from '../../lib/cli/duration.ts';
import { isReached, parseGoal } from '../../lib/cli/goals.ts';
import { lookUp, parsePath } from '../../lib/cli/json-path.ts';
import { nodeNameFrom, parseSshAddress } from '../../lib/cli/node-add.ts';
import { parseResources } from '../../lib/cli/resources.ts';
import type { AnyStored } from '../../lib/types/objects.ts';

describe('the words that name resources', () => {
  const cases: [string[], string][] = [
    [['services'], 'Service:'],
    [['svc'], 'Service:'],
    [['Service'], 'Service:'],
    [['services.dswarm'], 'Service:'],
    [['services.v1.dswarm'], 'Service:'],
    [['svc,no'], 'Service: Node:'],
    [['svc', 'web', 'db', 'web'], 'Service:web,db'],
    [['svc,no', 'a'], 'Service:a Node:a'],
    [['svc/web'], 'Service:web'],
    [['svc/web', 'no/h1', 'svc/db'], 'Service:web,db Node:h1'],
    [['all'], 'Node: Network: CronJob: Service: Task: Source:'],
  ];
  for (const [words, expected] of cases) {
    it(`${words.join(' ')} selects ${expected}`, () => {
      expect(
        parseResources(words)
          .map(({ info, names }) => `${info.kind}:${names.join(',')}`)
          .join(' '),
      ).to.equal(expected);
    });
  }

  const wrong: [string[], RegExp][] = [
    [[], /must name a resource/],
    [['pods'], /no resource type "pods"/],
    [['svc/'], /"svc\/" is not KIND\/NAME/],
    [['svc/web', 'db'], /"db" is not KIND\/NAME/],
    [['svc/a/b'], /is not KIND\/NAME/],
  ];
  for (const [words, message] of wrong) {
    it(`${JSON.stringify(words)} is refused`, () => {
      expect(() => parseResources(words)).to.throw(message);
    });
  }
});

describe('goals of wait', () => {
  const service = (status: object, generation = 2): AnyStored =>
    ({ kind: 'Service', metadata: { name: 'web', generation }, status }) as unknown as AnyStored;
  const ready = { observedGeneration: 2, ready: 3, conditions: [{ type: 'Ready', status: 'True' }] };

  const cases: [string, AnyStored | undefined, boolean][] = [
    ['condition=Ready', service(ready), true],
    ['condition=ready', service(ready), true],
    ['condition=Ready=false', service(ready), false],
    ['condition=Ready', service({ ...ready, observedGeneration: 1 }), false],
    ['condition=Ready', service({}), false],
    ['condition=Stalled', service(ready), false],
    ['delete', undefined, true],
    ['delete', service(ready), false],
    ['create', service(ready), true],
    ['create', undefined, false],
    ["jsonpath='{.status.ready}'=3", service(ready), true],
    ['jsonpath={.status.ready}=4', service(ready), false],
    ['jsonpath={.status.ready}', service(ready), true],
    ['jsonpath={.status.update}', service(ready), false],
    ['jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', service(ready), true],
  ];
  for (const [text, object, expected] of cases) {
    it(`--for=${text} is ${expected ? 'reached' : 'not reached'} by ${JSON.stringify(object)}`, () => {
      expect(isReached(parseGoal(text), object)).to.equal(expected);
    });
  }

  it('that are none are refused', () => {
    for (const text of ['', 'ready', 'condition=', 'condition']) expect(() => parseGoal(text)).to.throw(/nothing to wait for/);
  });
});

describe('paths into objects', () => {
  const value = {
    a: {
      'b/c': [10, 20],
      list: [
        { k: 'x', v: 1 },
        { k: 'y', v: 2 },
      ],
    },
  };
  const cases: [string, unknown[]][] = [
    ["{.a['b/c'][1]}", [20]],
    ["{.a['b/c'][-1]}", [20]],
    ["{.a['b/c'][*]}", [10, 20]],
    ['{.a.list[?(@.k=="y")].v}', [2]],
    ['.a.list[0].v', [1]],
    ['{.a.none.at.all}', []],
    ['{.a.__proto__}', []],
  ];
  for (const [path, expected] of cases) {
    it(`${path} leads to ${JSON.stringify(expected)}`, () => {
      expect(lookUp(value, parsePath(path))).to.deep.equal(expected);
    });
  }

  it('that cannot be read are refused where they go wrong', () => {
    expect(() => parsePath('{.a[}')).to.throw(/at "\["/);
  });
});

describe('durations of flags', () => {
  const cases: [string, number][] = [
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['2h', 7_200_000],
    ['0', 0],
    ['5', 5000],
    ['-1s', 604_800_000],
  ];
  for (const [text, ms] of cases) {
    it(`${text} is ${ms} ms`, () => {
      expect(parseTimeout(text)).to.equal(ms);
    });
  }

  it('that are none are refused', () => {
    for (const text of ['', 'soon', '1x', '1m 30s']) expect(() => parseTimeout(text)).to.throw(/is not a duration/);
  });
});

describe('addresses of node add', () => {
  const cases: [string, string][] = [
    ['192.0.2.11', '- 192.0.2.11 22'],
    ['root@h1.example.org', 'root h1.example.org 22'],
    ['root@h1:2222', 'root h1 2222'],
    ['2001:db8::1', '- 2001:db8::1 22'],
    ['ops@[2001:db8::1]:2222', 'ops 2001:db8::1 2222'],
  ];
  for (const [text, expected] of cases) {
    it(`${text} is ${expected}`, () => {
      const { user = '-', host, port } = parseSshAddress(text);
      expect(`${user} ${host} ${port}`).to.equal(expected);
    });
  }

  for (const text of ['', 'root@', 'h1:0', 'h1:99999', '-oProxyCommand=x', 'a b', 'ssh://h1']) {
    it(`${JSON.stringify(text)} is refused`, () => {
      expect(() => parseSshAddress(text)).to.throw(/is not \[USER@\]HOST\[:PORT\]/);
    });
  }

  it('make names that are DNS labels', () => {
    expect(['h1.example.org', '192.0.2.11', '2001:db8::1', 'My_Host'].map(nodeNameFrom)).to.deep.equal([
      'h1',
      'node-192-0-2-11',
      'node-2001-db8-1',
      'my-host',
    ]);
  });
});
