/** Why there is no usable answer; `message` is the reason only. */
export class HttpFailure extends Error {
  readonly kind: "status" | "empty" | "network" | "tls" | "url" | "other";
  readonly status: number | undefined;

  constructor(kind: HttpFailure["kind"], reason: string, status?: number) {
    super(reason);
    this.kind = kind;
    this.status = status;
  }
}
