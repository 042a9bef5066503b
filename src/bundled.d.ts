/** Files that the bundler of the Worker turns into modules (`rules` in wrangler.toml). */
declare module "*.toml" {
  const text: string;
  export default text;
}
