import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isNetwork, networks } from "./networks.ts";

describe("networks()", () => {
  const cases: [entries: string[], inside: string[], outside: (string | undefined)[]][] = [
    [
      ["loopback"],
      ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "unix"],
      ["10.0.0.1", "::2", undefined],
    ],
    [
      ["private"],
      ["10.1.2.3", "172.31.255.255", "192.168.0.9", "fd12::1", "fe80::1%eth0", "unix"],
      ["172.32.0.0", "8.8.8.8", "2001:db8::1", undefined],
    ],
    [
      ["10.1.0.0/16", "fd00:1::/33"],
      ["10.1.255.255", "fd00:1:7fff::"],
      ["10.2.0.0", "fd00:1:8000::", "unix", "127.0.0.1"],
    ],
    [["192.0.2.7"], ["192.0.2.7", "::ffff:192.0.2.7"], ["192.0.2.8", "nonsense", ""]],
    [["0.0.0.0/0"], ["8.8.8.8"], ["2001:db8::1"]],
    [["unix"], ["unix"], ["127.0.0.1"]],
    [[], [], ["127.0.0.1", "unix", undefined]],
  ];
  for (const [entries, inside, outside] of cases) {
    it(`knows who belongs to ${entries.join(", ") || "nothing"}`, () => {
      const belongs = networks(entries);
      for (const address of inside) assert.equal(belongs(address), true, address);
      for (const address of outside) assert.equal(belongs(address), false, address);
    });
  }

  it("takes in everybody with *, even where the address is not known", () => {
    const everybody = networks(["*"]);
    for (const address of [undefined, "unix", "8.8.8.8", "::2"]) assert.ok(everybody(address));
  });

  it("refuses what is no network", () => {
    for (const entry of [
      "example.org",
      "1.2.3",
      "1.2.3.4/33",
      "::1/129",
      "1.2.3.256",
      "a::b::c",
      "1.2.3.4/8/9",
      "",
    ]) {
      assert.equal(isNetwork(entry), false, entry);
      assert.throws(() => networks([entry]), RangeError);
    }
  });
});
