import { locksContract } from "../../../test/contract/locks.ts";
import { memoryLocks } from "./memory.ts";

locksContract("memoryLocks()", async () => {
  const locks = memoryLocks();
  return [locks, locks];
});
