import { processIo } from './io.ts';
import { run } from './run.ts';

const SIGPIPE_EXIT = 128 + 13;

// A reader such as `head` that has seen enough closes the pipe: end as a program killed by SIGPIPE does, without a word.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(SIGPIPE_EXIT);
    throw error;
  });
}

process.exitCode = await run(process.argv.slice(2), processIo());
