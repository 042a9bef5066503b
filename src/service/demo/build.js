/**
 * Bundles what the demo pages load into one module, so that it is served from memory on every
 * runtime: `dist/assets.js`. Run by npm after an install; nothing of it is committed.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { logoPng } from "./client/logo.js";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: [
    { in: "client/main.js", out: "ol" },
    { in: "client/maplibre.js", out: "maplibre" },
    { in: fileURLToPath(import.meta.resolve("maplibre-gl/dist/maplibre-gl-worker.mjs")), out: "maplibre-worker" },
    { in: fileURLToPath(import.meta.resolve("maplibre-gl/dist/maplibre-gl.css")), out: "maplibre" },
    { in: "client/proj4.js", out: "proj4.min" },
    { in: "client/site.css", out: "site" },
  ],
  outdir: "dist",
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  target: "es2022",
  // Licences of what is bundled stay with it.
  legalComments: "eof",
});

const types = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8" };
const assets = {};
for (const { path, contents } of outputFiles) {
  const name = path.slice(dist.length + 1);
  add(name, types[name.split(".").at(-1)], contents);
}
add("logo.svg", "image/svg+xml", await readFile(join(here, "client/logo.svg")));
add("logo.png", "image/png", logoPng(64));

await mkdir(join(dist, "static"), { recursive: true });
// Bun, Deno and Node have all in memory; Workers fetch it from their static assets.
await writeModule("assets.js", assets);
const manifest = Object.entries(assets).map(([name, { type, hash }]) => [name, { type, hash }]);
await writeModule("manifest.js", Object.fromEntries(manifest));
for (const [name, { gzip }] of Object.entries(assets)) {
  await writeFile(join(dist, "static", `${name}.gz`), Buffer.from(gzip, "base64"));
}
const declaration = `/** What the demo pages load, by the name behind \`/demo/static/\`; \`gzip\` is base64. */
export declare const assets: Readonly<
  Record<string, { type: string; hash: string; gzip?: string }>
>;
`;
for (const name of ["assets", "manifest"]) {
  await writeFile(join(dist, `${name}.d.ts`), declaration);
}

async function writeModule(name, value) {
  const text = JSON.stringify(value, null, 1);
  await writeFile(
    join(dist, name),
    `// @ts-self-types="./${name.replace(".js", ".d.ts")}"\n// Made by build.js; not to be edited.\nexport const assets = ${text};\n`,
  );
}

/** Keeps an asset as it travels: gzip, here as base64. */
function add(name, type, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  assets[name] = { type, gzip: gzipSync(bytes, { level: 9 }).toString("base64"), hash };
}
