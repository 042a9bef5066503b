/**
 * Stands in a Worker for packages that `[alias]` of wrangler.toml leaves out of its bundle; whoever
 * uses one says so in an error.
 */
export const photonWasmModule = undefined;
export const createClient = undefined;
