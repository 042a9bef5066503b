/** T3: pictures and encodings that unpack to far more than they are. */
import { describeRefusals } from "./refusal.ts";

describeRefusals("T3", ["pixel-bomb", "inflate-bomb", "gzip-bomb", "endless-body"]);
