/**
 * Gathers what travels beside the Worker's script as static assets, in `dist/edge`: the pictures
 * that a configuration may name, and what the demo's pages load. Run by wrangler before it bundles.
 */
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const target = join(root, "dist/edge");

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
cpSync(join(root, "etc/data"), join(target, "etc/data"), { recursive: true });
for (const name of readdirSync(join(root, "src/service/demo/dist/static"))) {
  cpSync(join(root, "src/service/demo/dist/static", name), join(target, "demo", name));
}
