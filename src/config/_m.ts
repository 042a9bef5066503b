import { loadConfig } from "./load.ts";
const t0=performance.now();
try {
const r=await loadConfig(process.argv[2]!, {read: async p => { const f=Bun.file(p); return (await f.exists())? new Uint8Array(await f.arrayBuffer()):undefined }, env: process.env});
console.log("ms",performance.now()-t0);
console.log(r.warnings.slice(0,10), Object.keys(r.config.caches).length, r.order.caches.length);
if (process.argv[3]) console.dir(r.config,{depth:6});
} catch(e) { console.log(e instanceof Error? e.message: e, (e as any).faults? "": (e as any).stack) }
