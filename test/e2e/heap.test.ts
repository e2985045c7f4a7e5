import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const PROGRAM = path.join(import.meta.dirname, 'heap.ts');
const CAP_MIB = 256;

describe('a controller with 30,000 containers and a heap of 256 MiB', () => {
  it('takes them all up, says so of each service, changes nothing, and stays up (fault 94)', async function () {
    this.timeout(300_000);
    const args = ['--import', 'tsx', `--max-old-space-size=${CAP_MIB}`, PROGRAM];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 290_000 });
    expect(JSON.parse(stdout)).to.deep.equal({ containers: 30_000, tasks: 30_000, ready: 300, changed: 0 });
  });
});
