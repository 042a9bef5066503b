import { parseSimpleYaml } from "./yaml-simple.ts"; import { parseFullYaml } from "./yaml.ts";
import { Glob } from "bun";
import { isDeepStrictEqual } from "node:util";
const t=await Bun.file("/tmp/w/config/big.yaml").text();
let a=performance.now(); let m=new WeakMap(); const r=parseSimpleYaml({path:"x",text:t},m); console.log("simple",performance.now()-a, r!==undefined);
let simple=0,full=0,err=0;
for (const f of new Glob("/usr/lib/python3/dist-packages/mapproxy/test/**/*.yaml").scanSync({absolute:true})) {
  const text=await Bun.file(f).text(); const file={path:f,text};
  const s=parseSimpleYaml(file,new WeakMap());
  let g; try { g=parseFullYaml(file,new WeakMap()); } catch(e) { err++; console.log(f.split("/").at(-1), String(e), s!==undefined); continue; }
  if (s!==undefined) { simple++; if(!isDeepStrictEqual(s,g)) console.log("DIFF",f); } else full++;
}
console.log({simple,full,err});
