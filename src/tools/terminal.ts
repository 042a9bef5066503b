/** What a command prints to. */
export interface Terminal {
  /** Ends the line. */
  out(line: string): void;
  err(line: string): void;
}
