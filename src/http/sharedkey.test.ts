import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sharedKeyAuthorization } from "./sharedkey.ts";

// Expected values by azure-storage-blob 12 for Python, which signs the same requests.
const KEY = "cmh1bWItb3JhY2xl";
const COMMON = { "x-ms-date": "Fri, 02 Jan 2026 03:04:05 GMT", "x-ms-version": "2021-08-06" };

describe("sharedKeyAuthorization()", () => {
  it("signs an upload as Microsoft's client does", async () => {
    const request = {
      method: "PUT",
      url: new URL("http://127.0.0.1:10000/devstoreaccount1/tiles/my%20cache/1/0/0.png"),
      headers: { ...COMMON, "x-ms-blob-type": "BlockBlob", "content-type": "image/png" },
      length: 9,
    };
    assert.equal(
      await sharedKeyAuthorization(request, { name: "devstoreaccount1", key: KEY }),
      "SharedKey devstoreaccount1:/NPFjdRaSTvN6cHVVgn7U+jk7zknTRZIsOucI5a7dpI=",
    );
  });

  it("signs the query, sorted by name", async () => {
    const request = {
      method: "GET",
      url: new URL(
        "https://acc.blob.core.windows.net/tiles?restype=container&comp=list&prefix=a%2Fb",
      ),
      headers: COMMON,
      length: 0,
    };
    assert.equal(
      await sharedKeyAuthorization(request, { name: "acc", key: KEY }),
      "SharedKey acc:jQcgzL1CxgvkZ0ipNkN/2VTUS11PMwUsMnS6+7TwIjc=",
    );
  });
});
