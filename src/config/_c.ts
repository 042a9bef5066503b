import { parseFullYaml } from "./yaml.ts"; import { parseDocument } from "yaml";
console.log(parseDocument("a:\n  b: [\n    1\n  ]\n").errors.map(String), parseDocument("a:\n  b: [\n 1\n]\n").errors.map(e=>e.code), parseDocument("a: [\n1\n]\n").errors.map(e=>e.code));
