import { expect } from 'chai';
import { runCli } from './support.ts';

describe('explain', () => {
  it('shows a field with its type, its default and its children', async () => {
    const { code, out } = await runCli(['explain', 'svc.spec.update']);
    expect(code).to.equal(0);
    expect(out).to.include('KIND:       Service\n').and.include('FIELD: update <Object>\n');
    expect(out).to.include('  order\t<string>\n').and.include('    One of: stop-first, start-first\n');
  });

  it('looks into lists and shared definitions', async () => {
    expect((await runCli(['explain', 'service.spec.ports.target'])).out).to.include('FIELD: target <integer>');
    expect((await runCli(['explain', 'node.metadata.labels'])).out).to.include('FIELD: labels <map[string]string>');
    expect((await runCli(['explain', 'service.status.conditions.reason'])).out).to.include('FIELD: reason <string>');
  });

  it('marks required fields', async () => {
    expect((await runCli(['explain', 'service.spec'])).out).to.match(/ {2}image\t<string> -required-\n/);
  });
});
