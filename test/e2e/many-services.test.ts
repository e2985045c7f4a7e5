import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

interface Report {
  firstMiB: number;
  steadyMiB: number;
  plannedForOneFile: string[];
  containers: number;
}

describe('500 services in one directory, over simulated hosts', function () {
  this.timeout(120_000);
  let report: Report;

  before(async () => {
    const script = fileURLToPath(new URL('many-services.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--import=tsx', script]);
    report = JSON.parse(stdout) as Report;
  });

  it('all run', () => expect(report.containers).to.equal(500 * 3 + 1));

  it('take less than 300 MB, while they are placed and afterwards', () => {
    expect(report.firstMiB).to.be.lessThan(286);
    expect(report.steadyMiB).to.be.lessThan(286);
  });

  it('are not planned again when the file of one of them is saved', () => expect(report.plannedForOneFile).to.deep.equal(['s7']));
});
