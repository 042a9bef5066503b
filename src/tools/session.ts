/** The person or script in front of a command that runs for long. */
export interface Session {
  /** Whether the output is a terminal: lines can be overwritten. */
  readonly isTerminal: boolean;
  /** Prints without ending the line. */
  write(text: string): void;
  /** The next line of the input without its end; `undefined` at the end of the input. */
  readLine(): Promise<string | undefined>;
  /** Aborts when the command is told to stop (SIGINT, SIGTERM); from the first use on. */
  readonly interrupted: AbortSignal;
  /** Number of this process, and whether there is one of a number. */
  readonly pid: number;
  isRunning(pid: number): boolean;
}
