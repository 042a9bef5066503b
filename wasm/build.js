/**
 * Compiles the kernels: every folder here with an `index.ts` becomes one module; the other folders are its parts.
 *
 * Writes to `dist`: `NAME.wasm`, `kernels.js` (modules from base64, compiled on first use) and
 * `kernels.workerd.js` (static imports: Workers accept precompiled modules only).
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

const OPTIONS = [
  "-O3",
  "--runtime",
  "stub",
  "--enable",
  "simd",
  "--enable",
  "bulk-memory",
  "--noAssert",
];

if (!existsSync(join(here, "../node_modules/assemblyscript"))) {
  // Installed as a dependency of another project: the package ships `dist`.
  process.exit(0);
}
const { default: asc } = await import("assemblyscript/asc");
mkdirSync(dist, { recursive: true });

const names = readdirSync(here).filter((name) => existsSync(join(here, name, "index.ts")));
for (const name of names) {
  const target = join(dist, `${name}.wasm`);
  if (isCurrent(target)) continue;
  const { error, stderr } = await asc.main([
    join(here, name, "index.ts"),
    "--baseDir",
    here,
    ...OPTIONS,
    "--outFile",
    target,
  ]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
}

const base64 = (name) => readFileSync(join(dist, `${name}.wasm`)).toString("base64");
writeFileSync(
  join(dist, "kernels.js"),
  `const modules = new Map();
function compile(name, base64) {
  let module = modules.get(name);
  if (!module) {
    const raw = atob(base64);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    module = new WebAssembly.Module(bytes);
    modules.set(name, module);
  }
  return module;
}
${names.map((n) => `export const ${n} = () => compile("${n}", "${base64(n)}");`).join("\n")}
`,
);
writeFileSync(
  join(dist, "kernels.workerd.js"),
  `${names.map((n) => `import ${n}Module from "./${n}.wasm";`).join("\n")}
${names.map((n) => `export const ${n} = () => ${n}Module;`).join("\n")}
`,
);
const types = `${names.map((n) => `export declare const ${n}: () => WebAssembly.Module;`).join("\n")}\n`;
writeFileSync(join(dist, "kernels.d.ts"), types);
writeFileSync(join(dist, "kernels.workerd.d.ts"), types);

/** Whether `target` is younger than every source: modules share them. */
function isCurrent(target) {
  if (!existsSync(target)) return false;
  const made = statSync(target).mtimeMs;
  return readdirSync(here, { recursive: true })
    .filter((file) => /\.(ts|js)$/.test(file) && !file.startsWith("dist"))
    .every((file) => statSync(join(here, file)).mtimeMs < made);
}
