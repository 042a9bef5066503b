import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Process, scratch, startProcess, urlOf } from "../e2e/process.ts";
import { freePort } from "../e2e/server.ts";
import { type Front, type FrontName, startFront } from "./front.ts";
import { needs } from "./programs.ts";

/** The hosts of our example configurations. */
const HOSTS = ["maps.example.org", "tiles.example.org"] as const;

const MAP =
  "/proxy/service?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=world&STYLES=&SRS=EPSG:4326&BBOX=-180,-90,180,90&WIDTH=64&HEIGHT=32&FORMAT=image/png";

/** One request with a `Host` of our choice, which `fetch` does not let us set. */
function ask(
  front: Front,
  path: string,
  o: { host: string; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { host: `${o.host}:${front.port}`, ...o.headers };
    const method = o.body === undefined ? "GET" : "POST";
    const sent = request(
      { host: "127.0.0.1", port: front.port, path, method, headers, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: Buffer.concat(parts) });
        });
      },
    );
    sent.on("error", reject);
    sent.end(o.body);
  });
}

const skip = await needs("lighttpd", "nginx", "apache2");

describe("web servers in front, with the files of etc/", skip, () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  const servers: Process[] = [];
  let places: Parameters<typeof startFront>[1];

  before(async () => {
    folder = await scratch();
    await chmod(folder.path, 0o755); // nginx works as another user
    const socket = join(folder.path, "fcgi-socket");
    const fastcgiPort = await freePort();
    const http = startProcess(["--port", "0"]);
    const bySocket = startProcess(["--fastcgi", socket, "--workers", "2"]);
    const byTcp = startProcess(["--fastcgi", `127.0.0.1:${fastcgiPort}`]);
    servers.push(http, bySocket, byTcp);
    const httpPort = Number(new URL(await urlOf(http)).port);
    await Promise.all([bySocket.said(/listening/), byTcp.said(/listening/)]);
    places = { directory: folder.path, socket, httpPort, fastcgiPort };
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await folder.dispose();
  });

  for (const name of ["lighttpd", "nginx", "apache2"] satisfies FrontName[]) {
    describe(name, () => {
      let front: Front;
      before(async () => {
        front = await startFront(name, places);
      });
      after(() => front?.stop());

      for (const host of HOSTS) {
        it(`${host}: WMS is at /proxy/service?, and says so in its capabilities`, async () => {
          const path = "/proxy/service?SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.1.1";
          const { status, body } = await ask(front, path, { host });
          assert.equal(status, 200, String(body).slice(0, 500) + front.output());
          const links = [...String(body).matchAll(/xlink:href="([^"]*service\??)"/g)];
          assert.ok(links.length > 0);
          for (const [, link = ""] of links) {
            assert.match(link, new RegExp(`^http://${host}:${front.port}/proxy/service\\??$`));
          }
        });

        it(`${host}: maps, tiles and the root`, async () => {
          const map = await ask(front, MAP, { host });
          assert.equal(map.headers["content-type"], "image/png");
          assert.equal(map.body.subarray(1, 4).toString(), "PNG");
          const tile = await ask(front, "/proxy/tms/1.0.0/world/GLOBAL_WEBMERCATOR/0/0/0.jpeg", {
            host,
          });
          assert.equal(tile.headers["content-type"], "image/jpeg");
          const etag = String(tile.headers.etag);
          const again = await ask(front, "/proxy/tms/1.0.0/world/GLOBAL_WEBMERCATOR/0/0/0.jpeg", {
            host,
            headers: { "if-none-match": etag },
          });
          assert.deepEqual([again.status, again.body.length], [304, 0]);
          assert.equal((await ask(front, "/proxy/", { host })).status, 200);
          assert.equal((await ask(front, "/proxy/nothing", { host })).status, 404);
        });

        it(`${host}: takes a form by POST`, async () => {
          const { body, headers } = await ask(front, "/proxy/service", {
            host,
            headers: { "content-type": "application/x-www-form-urlencoded" },
            body: MAP.slice(MAP.indexOf("?") + 1),
          });
          assert.equal(headers["content-type"], "image/png", String(body));
        });

        it(`${host}: what a client says of hosts and paths changes nothing`, async () => {
          const { body } = await ask(front, "/proxy/service?SERVICE=WMS&REQUEST=GetCapabilities", {
            host,
            headers: {
              "x-forwarded-host": "evil.example",
              "x-forwarded-proto": "https",
              "x-script-name": "/evil",
              forwarded: "host=evil.example;proto=https",
            },
          });
          assert.match(String(body), new RegExp(`http://${host}:${front.port}/proxy/service`));
          assert.doesNotMatch(String(body), /evil|https:\/\/(maps|tiles)/);
        });
      }
    });
  }
});
