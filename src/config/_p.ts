import { readConfig } from "./read.ts"; import { replaceLegacy } from "./legacy.ts"; import { validate } from "./validate.ts"; import {applyDefaults} from "./defaults.ts"; import {link} from "./link.ts"; import {layerShapes} from "./layer-shape.ts"; import {configSchema} from "./schema.ts";
const deps={read: async (p:string) => new Uint8Array(await Bun.file(p).arrayBuffer()), env: process.env};
for (let i=0;i<3;i++) {
let t=performance.now(); const lap=(n:string)=>{const u=performance.now(); console.log(n,(u-t).toFixed(1)); t=u;};
const raw=await readConfig("/tmp/w/config/big.yaml",deps); lap("read");
replaceLegacy(raw.value,raw.marks); lap("legacy");
const {value}=validate(raw,configSchema); lap("validate");
const d=applyDefaults(value!,"x"); lap("defaults");
link(d.config,d.brokenGrids); lap("link"); layerShapes(d.config); lap("shape");
}
