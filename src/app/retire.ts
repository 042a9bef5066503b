import type { AppFetch, LoadedApp } from "./one.ts";

/** An application that can be replaced while it answers. */
export interface Retirable {
  readonly app: LoadedApp;
  readonly fetch: AppFetch;
  /** Closes the application when the last request under way has been answered. */
  retire(): void;
}

/** Counts what an application is busy with, so that it is not closed under a request. */
export function retirable(app: LoadedApp): Retirable {
  let underWay = 0;
  let isRetired = false;
  const done = (): void => {
    if (isRetired && underWay === 0) void app.close();
  };
  return {
    app,
    async fetch(request, env) {
      underWay++;
      try {
        return await app.fetch(request, env);
      } finally {
        underWay--;
        done();
      }
    },
    retire() {
      isRetired = true;
      done();
    },
  };
}
