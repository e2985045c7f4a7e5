import { expect } from 'chai';
import { parseManifests } from '../../lib/manifest/parse.ts';
import { cpuOf } from '../support/cpu.ts';
import { errorLines, objectOf, serviceText } from '../support/manifests.ts';

const web = serviceText('web');

describe('parsing manifests', () => {
  it('reads several documents, and JSON as well as YAML', () => {
    const { documents } = parseManifests(`# first\n${web}---\n---\n${serviceText('b')}...\n`, 'f.yaml');
    expect(documents.map(({ index, value }) => [index, (value['metadata'] as { name: string }).name])).to.deep.equal([
      [0, 'web'],
      [2, 'b'],
    ]);
    const json =
      '{\n\t"apiVersion": "dswarm/v1",\n\t"kind": "Service",\n\t"metadata": { "name": "web" },\n\t"spec": { "image": "nginx:1.27" }\n}\n';
    expect(objectOf(json)).to.deep.equal(objectOf(web));
    expect(objectOf(json.replace(/\s/g, ''))).to.deep.equal(objectOf(web));
  });

  it('finds the line and column of any value and key', () => {
    const [document] = parseManifests(`# x\n${serviceText('web', '  command:\n    - a\n    - {b: c}\n')}`, 'f.yaml').documents;
    expect(document?.locate(['metadata', 'name'])).to.deep.equal({ line: 5, column: 9 });
    expect(document?.locate(['metadata', 'name'], 'key')).to.deep.equal({ line: 5, column: 3 });
    expect(document?.locate(['spec', 'command', 1, 'b'])).to.deep.equal({ line: 11, column: 11 });
    expect(document?.locate(['spec', 'nothing', 'here'])).to.deep.equal({ line: 8, column: 3 });
    expect(document?.locate([])).to.deep.equal({ line: 2, column: 1 });
  });

  it('accepts a byte order mark and CRLF (fault 13)', () => {
    expect(objectOf(`\uFEFF${web.replaceAll('\n', '\r\n')}`)).to.deep.equal(objectOf(web));
    expect(parseManifests(Buffer.from(`\uFEFF${web}`), 'f.yaml').documents[0]?.locate(['kind'])).to.deep.equal({ line: 2, column: 7 });
  });

  const bytes = (text: string, encoding: BufferEncoding): Buffer => Buffer.from(text, encoding);
  for (const [what, content, line] of [
    [
      'invalid UTF-8',
      Buffer.concat([bytes('a: 1\nb: "x', 'utf8'), Buffer.from([0xc3, 0x28]), bytes('"\n', 'utf8')]),
      'f.yaml:2:6: the file is not valid UTF-8',
    ],
    ['a cut-off character', Buffer.concat([bytes('a: x', 'utf8'), Buffer.from([0xe2, 0x82])]), 'f.yaml:1:5: the file is not valid UTF-8'],
    ['UTF-16 with a mark', bytes('\uFEFFa: 1\n', 'utf16le'), 'f.yaml:1:1: the file is UTF-16'],
    ['UTF-16 without a mark', bytes('a: 1\n', 'utf16le'), 'f.yaml:1:2: the file contains a NUL character'],
    ['NUL', 'a: 1\nb: x\0y\n', 'f.yaml:2:5: the file contains a NUL character'],
    ['an escaped NUL', 'a: 1\nb: "x\\0y"\n', 'f.yaml:2:4: a NUL character in a string'],
    ['another control character', 'a: \u0007\n', 'f.yaml:1:4: the file contains the control character U+0007'],
    ['tabs', 'a:\n\tb: 1\n', 'f.yaml:2:1: tabs are not allowed as indentation'],
  ] as const) {
    it(`refuses ${what} with its place (fault 13)`, () => expect(errorLines(content)[0]).to.contain(line));
  }

  it('refuses an alias bomb in time and space (fault 15)', () => {
    const letters = 'abcdefghijklmnopqrst';
    const bombs = [
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...letters]
        .slice(1, 9)
        .map((letter, i) => `${letter}: &${letter} [${`*${letters[i]},`.repeat(9)}]`)
        .join('\n')}`,
      `a: &a [x,x]\n${[...letters]
        .slice(1)
        .map((letter, i) => `${letter}: &${letter} [*${letters[i]},*${letters[i]}]`)
        .join('\n')}`,
      `a: &a {x: 1}\nb: [${'*a,'.repeat(1000)}]`,
      'a: &a [*a]',
    ];
    for (const bomb of bombs) {
      const before = process.memoryUsage().heapUsed;
      const { result, ms } = cpuOf(() => errorLines(bomb));
      expect(result[0]).to.match(/aliases|no anchor/);
      expect(ms).to.be.lessThan(100);
      expect(process.memoryUsage().heapUsed - before).to.be.lessThan(50 * 2 ** 20);
    }
  });

  it('reads aliases that only save typing', () => {
    const text = serviceText('web', '  env: &env { A: "1" }\n  labels: *env\n');
    expect(objectOf(text).spec.labels).to.deep.equal({ A: '1' });
  });

  it('refuses merge keys, so that none can grow (fault 16)', () => {
    expect(errorLines('a: &a {x: 1}\nb:\n  <<: *a\n')[0]).to.contain('f.yaml:3:3: merge keys');
    const { result, ms } = cpuOf(() => errorLines(`a: &a {x: 1}\nb: {<<: [${'*a,'.repeat(20_000)}]}`));
    expect(result).to.have.length(1);
    expect(ms).to.be.lessThan(200);
  });

  for (const [what, text] of Object.entries({
    'open brackets': '['.repeat(100_000),
    'closed brackets': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    'open braces': '{a: '.repeat(100_000),
    dashes: '- '.repeat(100_000),
    questions: '? '.repeat(100_000),
    colons: ': '.repeat(100_000),
    indentation: Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
  })) {
    it(`refuses ${what} without end, and does not overflow (fault 17)`, () => {
      const { result, ms } = cpuOf(() => errorLines(text));
      expect(result[0]).to.contain('nested more than 32 deep');
      expect(ms).to.be.lessThan(500);
    });
  }

  it('takes brackets and dashes in text for text', () => {
    expect(
      errorLines(serviceText('web', `  command:\n    - |\n      ${'[ '.repeat(50)}\n      ${'- '.repeat(50)}\n      *all\n`)),
    ).to.deep.equal([]);
  });

  it('refuses duplicate keys (fault 18)', () => {
    expect(errorLines(`${web}  replicas: 1\n  replicas: 2\n`)).to.deep.equal([
      'f.yaml:9:3: the key "replicas" stands twice in one mapping [DSW_MANIFEST_SYNTAX]',
    ]);
    expect(errorLines('{"a": 1, "\\u0061": 2}')[0]).to.contain('stands twice');
  });

  for (const key of ['__proto__', 'constructor', 'prototype', '"__proto__"', '"\\u005f_proto__"']) {
    it(`refuses the key ${key} (fault 19)`, () => {
      expect(errorLines(serviceText('web', `  env:\n    ${key}: { polluted: true }\n`))[0]).to.contain('is not allowed');
      expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
    });
  }

  it('caps size, documents, lines and tokens before it parses (fault 20)', () => {
    const cases: [string | Buffer, string][] = [
      [Buffer.alloc(100 * 2 ** 20, 'a'), 'the file has 104857600 bytes'],
      ['---\na: 1\n'.repeat(10_000), '20000 lines'],
      ['--- a\n'.repeat(9_000), '9000 documents'],
      ['---\na: 1\n'.repeat(65), '65 documents'],
      ['- a\n'.repeat(100_000), 'more than 20000 lines'],
      [`a: >\n${' x\n\n'.repeat(100_000)}`, 'more than 20000 lines'],
      [`x: [${'a,'.repeat(100_000)}]`, 'more than 50000 YAML tokens'],
    ];
    for (const [content, expected] of cases) {
      const { result, ms } = cpuOf(() => errorLines(content));
      expect(result[0]).to.contain(expected).and.contain('DSW_MANIFEST_LIMIT');
      expect(ms).to.be.lessThan(500);
    }
  });

  for (const tag of [
    '!!js/function "function () {}"',
    '!!js/regexp /a/',
    '!!python/object:os.system x',
    '!custom x',
    '!!binary aGk=',
    '!!set {a, b}',
    '!!omap [a: 1]',
    '!!timestamp 2026-01-01',
    '!<tag:example.com,2026:x> y',
  ]) {
    it(`refuses the tag in ${tag} (fault 21)`, () => expect(errorLines(`${web}  x: ${tag}\n`)[0]).to.contain('f.yaml:8:6: unresolved tag'));
  }

  it('reads what YAML 1.1 took for something else as what it looks like (fault 22)', () => {
    const { value } =
      parseManifests('a: no\nb: 0123\nc: 1e3\nd: 12:30:45\ne: 2026-01-01\nf: 0o17\ng: ~\nh: off\ni: 1_000\nj: .5\n', 'f.yaml')
        .documents[0] ?? {};
    expect(value).to.deep.equal({ a: 'no', b: 123, c: 1000, d: '12:30:45', e: '2026-01-01', f: 15, g: null, h: 'off', i: '1_000', j: 0.5 });
    const inEnv = (text: string): string[] => errorLines(serviceText('web', `  env:\n    A: ${text}\n`));
    for (const text of ['no', '12:30:45', '2026-01-01', 'off']) expect(inEnv(text)).to.deep.equal([]);
    for (const text of ['0123', '1e3', '9007199254740993', 'true', '~', '1.10'])
      expect(inEnv(text)[0], text).to.match(/expected a string|too large/);
  });

  it('refuses keys that are no strings, and YAML 1.1 itself (fault 22)', () => {
    for (const key of ['1', 'true', 'null', '1.5', '? [a, b]\n ', ''])
      expect(errorLines(`${key}: x\n`)[0], key).to.contain('a key must be a string');
    expect(errorLines(`%YAML 1.1\n---\n${web}`)[0]).to.contain('YAML 1.1 is not read');
    expect(errorLines(`%YAML 1.2\n---\n${web}`)).to.deep.equal([]);
  });

  it('tells one error for each broken document', () => {
    expect(errorLines('a: [\n---\nb: {\n---\nc: "\n')).to.have.length(3);
  });
});
