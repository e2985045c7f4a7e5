import { execFile } from 'node:child_process';

export interface ShellResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface ShellOptions {
  env?: Record<string, string>;
  /** Milliseconds; 60 s if absent. */
  timeout?: number;
  input?: string;
}

/** Runs a program to its end; never rejects because of its exit code. */
export function run(file: string, args: readonly string[], options: ShellOptions = {}): Promise<ShellResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      [...args],
      { env: { ...process.env, ...options.env }, timeout: options.timeout ?? 60_000, killSignal: 'SIGKILL', maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') return reject(new Error(`${file} ${args.join(' ')}: ${error.message}`));
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      },
    );
    // A program may end before it has read its input; its exit code then says what there is to say.
    child.stdin?.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') reject(error);
    });
    if (options.input === undefined) child.stdin?.end();
    else child.stdin?.end(options.input);
  });
}

/** The same, but a failure rejects with what the program said. */
export async function mustRun(file: string, args: readonly string[], options: ShellOptions = {}): Promise<string> {
  const result = await run(file, args, options);
  if (result.code !== 0) throw new Error(`${file} ${args.join(' ')} exited with ${result.code}: ${result.stderr}${result.stdout}`);
  return result.stdout;
}
