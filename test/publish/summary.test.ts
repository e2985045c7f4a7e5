import { expect } from 'chai';
import { portSummary } from '../../lib/publish/summary.ts';
import { published } from './objects.ts';

const summary = (...ports: string[]): string => portSummary(ports.map(published));
const range = (from: number, to: number, protocol: string): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}:${from + index}/${protocol}`);

describe('published ports for people', () => {
  it('are told as docker service ls does, neighbours as a range (conformance C189)', () => {
    const ports = ['80:80', '81:80', '62:61', '61:61', '60:60', ...range(90, 95, 'tcp'), ...range(90, 96, 'udp'), ...range(97, 98, 'sctp')];
    expect(summary(...ports)).to.equal(
      '*:97-98->97-98/sctp, *:60-61->60-61/tcp, *:62->61/tcp, *:80-81->80/tcp, *:90-95->90-95/tcp, *:90-96->90-96/udp',
    );
  });

  it('make a range only where each number has its own target, or all have one', () => {
    expect(summary('80:80', '81:80', '82:81')).to.equal('*:80-81->80/tcp, *:82->81/tcp');
    expect(summary('80:80', '82:82')).to.equal('*:80->80/tcp, *:82->82/tcp');
  });

  it('tell those of mode host apart', () => {
    expect(summary('host:8080:80', '30000:80')).to.equal('*:30000->80/tcp, host:8080->80/tcp');
  });
});
