/** What runs in the threads that `threads.ts` starts: tasks by name, one at a time. */
import { parentPort } from "node:worker_threads";
import { type PaintJob, paint } from "../image/paint.ts";

const tasks = { paint: (input: unknown) => paint(input as PaintJob) };

parentPort?.on("message", async ({ id, task, input }: ThreadRequest) => {
  try {
    const output = await tasks[task](input);
    const bytes = output.encoded?.bytes;
    const isOwn = bytes !== undefined && bytes.byteLength === bytes.buffer.byteLength;
    parentPort?.postMessage({ id, output }, isOwn ? [bytes.buffer as ArrayBuffer] : []);
  } catch (error) {
    parentPort?.postMessage({ id, error: (error as Error).message });
  }
});

/** A message to a thread. */
export interface ThreadRequest {
  readonly id: number;
  readonly task: keyof typeof tasks;
  readonly input: unknown;
}

/** Its answer. */
export interface ThreadAnswer {
  readonly id: number;
  readonly output?: unknown;
  readonly error?: string;
}
