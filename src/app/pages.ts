import { escapeXml } from "../core/text.ts";
import { VERSION } from "../core/version.ts";

/** The front page of an application without a better one. */
export function welcome(demoUrl: string | undefined): Response {
  const link = demoUrl ? `<p>See the <a href="${escapeXml(demoUrl)}">demo</a>.</p>` : "";
  return new Response(frontPage(link), {
    headers: { "content-type": "text/html; charset=utf-8" },
  });
}

/** The front page of a directory of applications: with their links, if it may tell. */
export function listing(
  links: readonly (readonly [name: string, url: string])[] | undefined,
): Response {
  const items = links?.map(
    ([name, url]) => `<li><a href="${escapeXml(url)}">${escapeXml(name)}</a></li>`,
  );
  const list = items ? `<h2>available instances:</h2><ul>${items.join("")}</ul>` : "";
  return new Response(frontPage(list), { headers: { "content-type": "text/html" } });
}

function frontPage(content: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Rhumb ${VERSION}</title></head>
<body><h1>Welcome to Rhumb ${VERSION}</h1><p>A map proxy and tile cache that reads the configuration of MapProxy.</p>${content}</body>
</html>
`;
}
