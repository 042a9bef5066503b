import { parseSimpleYaml } from "./yaml-simple.ts"; import { parseFullYaml } from "./yaml.ts"; import { writeFileSync } from "node:fs";
let seed=Number(process.argv[2]??1); const rnd=()=>{seed=(seed*1103515245+12345)&0x7fffffff; return seed/0x7fffffff};
const U=[..." \n:-[]{},'\"#ab1~&*!|>?%\\".split(""), "a: ", "\n  ", "\n- "];
for(let i=0;i<20000;i++){ let s="k: "; const n=rnd()*40; for(let j=0;j<n;j++) s+=U[Math.floor(rnd()*U.length)];
 writeFileSync("/tmp/w/config/last","S"+JSON.stringify(s)); parseSimpleYaml({path:"a",text:s},new WeakMap());
 writeFileSync("/tmp/w/config/last","F"+JSON.stringify(s)); try{parseFullYaml({path:"a",text:s},new WeakMap());}catch(e){ if((e as any).constructor.name!=="SyntaxFault") console.log(s,e)} }
console.log("ok");
