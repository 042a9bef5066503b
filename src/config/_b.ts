import { parseSimpleYaml } from "./yaml-simple.ts";
const src=await Bun.file("src/config/yaml-simple.test.ts").text();
const c=src.split("const CONFIGURATION = `")[1]!.split("`;")[0]!;
const lines=c.split("\n");
for (let i=3;i<=lines.length;i++) { const t=lines.slice(0,i).join("\n"); console.log(i, parseSimpleYaml({path:"a",text:t},new WeakMap())!==undefined, lines[i-1]); }
