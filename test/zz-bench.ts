import * as v from "valibot";
import { cacheTypes } from "../src/cache/index.ts";
import { memoryLocks } from "../src/runtime/locks/memory.ts";
import { fileLocks } from "../src/runtime/locks/file.ts";
import { cacheDeps, diskPlatform } from "./cache-deps.ts";
import { testContext } from "./platform.ts";
import { scratch } from "./scratch.ts";
import { pngTile } from "./contract/tile-cache.ts";
const ctx = testContext();
const kinds: any[] = [{type:"file"},{type:"file",directory_layout:"tms"},{type:"mbtiles"},{type:"mbtiles",sqlite_wal:true},{type:"sqlite"},{type:"geopackage"},{type:"compact",version:1},{type:"compact",version:2},{type:"memory"}];
const body = new Array(12000).fill(7);
for (const o of kinds) {
  const t: any = cacheTypes.find((t) => t.type === o.type);
  const c = await t.create(v.parse(t.options, o), cacheDeps(scratch(), { platform: diskPlatform() }));
  const N = 1024;
  const tp=performance.now();
  for (let i = 0; i < N; i += 16) await c.putMany?.(Array.from({length:16},(_,j)=>[{ x: (i+j) % 32, y: (i+j) >> 5, level: 9 }, pngTile(...body)]), ctx) ?? await Promise.all(Array.from({length:16},(_,j)=>c.put({ x: (i+j) % 32, y: (i+j) >> 5, level: 9 }, pngTile(...body), ctx)));
  const put=(performance.now()-tp)/N*1000;
  const get = (i: number) => c.get({ x: i % 32, y: (i >> 5) % 32, level: 9 }, ctx);
  for (let i = 0; i < 3000; i++) await get(i);
  let best = 1e9;
  for (let r = 0; r < 7; r++) { const s = performance.now(); for (let i = 0; i < 3000; i++) await get(i); best = Math.min(best, performance.now() - s); }
  let bestC=1e9; for (let r=0;r<5;r++){let n=0;const s=performance.now();await Promise.all(Array.from({length:32},async()=>{while(n<3000)await get(n++)}));bestC=Math.min(bestC,performance.now()-s);}
  console.log(JSON.stringify(o).padEnd(45), "get serial", (best/3).toFixed(1), "µs  x32", (bestC/3).toFixed(1), "µs  put(16 at once)", put.toFixed(0), "µs/tile");
  await c.close?.();
}
const clock={now:()=>Date.now(),sleep:(ms:number)=>new Promise<void>(d=>setTimeout(d,ms))};
for (const [n,l] of [["memory",memoryLocks()],["file",fileLocks(scratch(),clock)]] as const){ for(let i=0;i<300;i++) await l.withLock("w"+i,1e4,async()=>{}); const s=performance.now(); for(let i=0;i<1000;i++) await l.withLock("k"+i,1e4,async()=>{}); console.log("lock",n,(performance.now()-s).toFixed(0),"µs each serial");const s2=performance.now(); await Promise.all(Array.from({length:1000},(_,i)=>l.withLock("k"+i,1e4,async()=>{})));console.log("  1000 at once",(performance.now()-s2).toFixed(0),"µs each");}
