import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { joinHtml } from "./html.ts";

describe("joinHtml()", () => {
  it("services-wms 47: completes what is no whole page", () => {
    const cases = {
      info: "<html><body>info</body></html>",
      "": "<html><body></body></html>",
      "<p>a": "<html><body><p>a</body></html>",
      "<body class=x>a</body>": "<html><body class=x>a</body></html>",
      "<html><head><title>T</title></head><p>a</html>":
        "<html><head><title>T</title></head><body><p>a</body></html>",
      "<HTML><BODY>a</BODY></HTML>": "<HTML><BODY>a</BODY></HTML>",
    };
    for (const [text, page] of Object.entries(cases)) assert.equal(joinHtml([text]), page);
  });

  it("services-wms 47: appends the bodies of the others, without their heads", () => {
    assert.equal(
      joinHtml([
        "<html><body>a</body></html>",
        "<html><head><style>b{}</style></head><body><i>c</i></body></html>",
        "d",
      ]),
      "<html><body>a<i>c</i>d</body></html>",
    );
  });

  it("is not taken in by comments and scripts", () => {
    const page =
      '<html><!-- <body> --><head><script>"</head><body>"</script></head><body>a<!-- </body> --></body></html>';
    assert.equal(joinHtml([page, "b"]), page.replace(" --></body>", " -->b</body>"));
  });

  it("T2: takes time in proportion to the length, whatever it is given", () => {
    for (const piece of [
      "<",
      "<!--",
      "<title>",
      "<body ",
      "</body>",
      "<script>",
      "<html><head>",
      "</html   ",
    ]) {
      joinHtml([piece.repeat(100_000), piece.repeat(100_000)]);
    }
  });
});
