// The application of a configuration, for Bun and Deno: `bun run FILE`, `deno serve -A FILE`.
import { createApp } from "%(package)s/src/index.ts";

// Warnings and errors go to standard error. `log` takes them elsewhere: docs/deployment.md says how.
export default await createApp({ config: "%(config)s" });
