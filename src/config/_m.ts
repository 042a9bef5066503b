import { Glob } from "bun";
import { loadConfig } from "./load.ts";

const deps = {
  read: async (p: string) => {
    const f = Bun.file(p);
    return (await f.exists()) ? new Uint8Array(await f.arrayBuffer()) : undefined;
  },
  env: process.env,
};
const files = process.argv[2]
  ? [process.argv[2]]
  : [
      ...new Glob("/usr/lib/python3/dist-packages/mapproxy/test/**/*.yaml").scanSync({
        absolute: true,
      }),
    ];
for (const f of files) {
  const t0 = performance.now();
  try {
    const r = await loadConfig(f, deps);
    if (process.argv[2]) {
      console.log("ms", performance.now() - t0);
      console.log(
        r.warnings.slice(0, 10),
        Object.keys(r.config.caches).length,
        r.order.caches.length,
      );
      if (process.argv[3]) console.dir(r.config, { depth: 6 });
    }
  } catch (e) {
    console.log(
      "##",
      f.split("/").at(-1),
      (e as any).faults
        ? (e as any).faults
            .filter((x: any) => x.severity === "error")
            .map((x: any) => `${x.line} ${x.path} ${x.message}`)
            .join("\n   ")
        : (e as any).stack,
    );
  }
}
