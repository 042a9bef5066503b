/** What the demo pages load, by the name behind `/demo/static/`. */
export declare const assets: Readonly<
  Record<string, { type: string; text: string; isBase64: boolean; hash: string }>
>;
