import type { Authorizer } from "../model/auth.ts";

/** Everything is allowed to everybody. */
export const allowAll: Authorizer = {
  restricts: false,
  authorize: async () => ({ authorized: "full" }),
};
