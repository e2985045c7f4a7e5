import { expect } from 'chai';
import { createLog, type LogOptions } from '../../lib/telemetry/log.ts';

const capture = (options: LogOptions = {}) => {
  const lines: string[] = [];
  return { lines, log: createLog({ format: 'json', write: (line) => lines.push(line), ...options }) };
};

describe('The log', () => {
  it('writes one JSON object a line with a constant message and fields beside it', () => {
    const { lines, log } = capture();
    log.child({ controller: 'service' }).info({ key: 'Service/shop/web' }, 'pass done');
    expect(JSON.parse(lines[0] ?? '')).to.include({ level: 'info', controller: 'service', key: 'Service/shop/web', message: 'pass done' });
  });

  it('leaves out what is below its level', () => {
    const { lines, log } = capture({ level: 'warn' });
    log.info({}, 'no');
    log.error({ error: new Error('broken') }, 'yes');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.contain('broken');
  });

  it('blanks out fields that may hold a secret, however deep an object is logged (invariant 16)', () => {
    const { lines, log } = capture();
    log.info(
      { token: 's3cret', node: { spec: { ssh: { passphrase: 's3cret' } } }, service: { spec: { env: { KEY: 's3cret' } } } },
      'objects',
    );
    expect(lines[0]).not.to.contain('s3cret');
    expect(lines[0]).to.contain('[redacted]');
  });

  it('is readable as text', () => {
    const { lines, log } = capture({ format: 'text' });
    log.warn({ host: 'h1', why: 'no answer', error: new Error('timed out') }, 'host is unreachable');
    expect(lines[0]).to.match(/^\S+Z WARN {2}host is unreachable host=h1 why="no answer" error="timed out"\n$/);
  });
});
